//! Functions of the host: linked in WebAssembly, and elsewhere replaced by ones that fail, so that guests can be tested.

/// Declare functions by the module they are linked from; elsewhere those with a result give `otherwise`.
macro_rules! imports {
    (otherwise $otherwise:expr; $($module:literal {
        $(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*
    })*) => {
        $(
            #[cfg(target_arch = "wasm32")]
            #[link(wasm_import_module = $module)]
            extern "C" {
                $(pub fn $name($($argument: $type),*) $(-> $result)?;)*
            }
            $(
                #[cfg(not(target_arch = "wasm32"))]
                #[allow(clippy::too_many_arguments)]
                pub unsafe fn $name($(_: $type),*) $(-> $result)? {
                    $($otherwise as $result)?
                }
            )*
        )*
    };
}
