//! Numbers for the host's metrics. Define them once, when configured.

use crate::abi;
use crate::status::Status;

fn define(kind: u32, name: &str) -> Result<u32, Status> {
    let mut metric = 0;
    Status::check(unsafe { abi::proxy_define_metric(kind, name.as_ptr(), name.len(), &mut metric) })?;
    Ok(metric)
}

/// A number that only grows.
pub struct Counter(u32);

impl Counter {
    pub fn define(name: &str) -> Result<Counter, Status> {
        define(0, name).map(Counter)
    }

    pub fn add(&self, amount: u32) -> Result<(), Status> {
        Status::check(unsafe { abi::proxy_increment_metric(self.0, i64::from(amount)) })
    }
}

/// A number that goes up and down.
pub struct Gauge(u32);

impl Gauge {
    pub fn define(name: &str) -> Result<Gauge, Status> {
        define(1, name).map(Gauge)
    }

    pub fn set(&self, value: u64) -> Result<(), Status> {
        Status::check(unsafe { abi::proxy_record_metric(self.0, value) })
    }

    pub fn add(&self, difference: i64) -> Result<(), Status> {
        Status::check(unsafe { abi::proxy_increment_metric(self.0, difference) })
    }
}

/// How numbers are spread.
pub struct Histogram(u32);

impl Histogram {
    pub fn define(name: &str) -> Result<Histogram, Status> {
        define(2, name).map(Histogram)
    }

    pub fn observe(&self, value: u64) -> Result<(), Status> {
        Status::check(unsafe { abi::proxy_record_metric(self.0, value) })
    }
}
