//! Which plugin and which exchange a number of the host's means.

use crate::body::{PLUGIN_CONFIGURATION, VM_CONFIGURATION};
use crate::calls;
use crate::host::respond;
use crate::log;
use crate::plugin::{Action, CallResponse, Plugin, Stream};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// All contexts of a guest. Several plugins can live in one, as in Envoy, where those with the same `vm_id` do.
pub struct Contexts<P: Plugin> {
    plugins: RefCell<BTreeMap<u32, Rc<P>>>,
    streams: RefCell<BTreeMap<u32, Option<P::Stream>>>,
}

impl<P: Plugin> Contexts<P> {
    /// Begin an exchange of the plugin `parent`. A plugin itself, whose parent is 0, begins when it is configured.
    pub fn create(&self, context: u32, parent: u32) {
        if parent == 0 {
            return log::panics();
        }
        let plugin = self.plugins.borrow().get(&parent).cloned();
        if let Some(plugin) = plugin {
            self.streams.borrow_mut().insert(context, Some(plugin.stream()));
        }
    }

    pub fn start(&self, context: u32, size: usize) -> bool {
        calls::within(context);
        let configuration = VM_CONFIGURATION.read(0, size).unwrap_or_default();
        P::start(&configuration).map_err(|fault| log::error(&fault)).is_ok()
    }

    pub fn configure(&self, context: u32, size: usize) -> bool {
        calls::within(context);
        let configuration = PLUGIN_CONFIGURATION.read(0, size).unwrap_or_default();
        match P::configure(&configuration) {
            Ok(plugin) => {
                self.plugins.borrow_mut().insert(context, Rc::new(plugin));
                true
            }
            Err(fault) => {
                log::error(&fault);
                false
            }
        }
    }

    pub fn delete(&self, context: u32) {
        self.streams.borrow_mut().remove(&context);
        self.plugins.borrow_mut().remove(&context);
    }

    pub fn plugin(&self, context: u32, hook: impl FnOnce(&P)) {
        calls::within(context);
        let plugin = self.plugins.borrow().get(&context).cloned();
        if let Some(plugin) = plugin {
            hook(&plugin);
        }
    }

    /// Run a hook of an exchange. It is taken out meanwhile: a host that called back from within would not find it.
    pub fn stream<R>(&self, context: u32, hook: impl FnOnce(&mut P::Stream) -> R) -> Option<R> {
        calls::within(context);
        let mut stream = self.streams.borrow_mut().get_mut(&context)?.take()?;
        let result = hook(&mut stream);
        if let Some(place) = self.streams.borrow_mut().get_mut(&context) {
            *place = Some(stream);
        }
        Some(result)
    }

    /// Run a hook that decides. An exchange that nobody can judge does not pass.
    pub fn decide(&self, context: u32, hook: impl FnOnce(&mut P::Stream) -> Action) -> u32 {
        let action = self.stream(context, hook).unwrap_or_else(|| {
            respond(500, "guest_knows_no_such_stream", &[], b"").ok();
            Action::Pause
        });
        action as u32
    }

    pub fn call_ended(&self, plugin: u32, response: CallResponse) {
        match calls::return_to_caller(response.call) {
            Some(stream) if stream != plugin => {
                self.stream(stream, |stream| stream.on_http_call_response(response));
            }
            _ => self.plugin(plugin, |plugin| plugin.on_http_call_response(response)),
        }
    }
}

impl<P: Plugin> Default for Contexts<P> {
    fn default() -> Self {
        Contexts { plugins: RefCell::default(), streams: RefCell::default() }
    }
}
