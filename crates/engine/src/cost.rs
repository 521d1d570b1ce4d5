//! What did a stage take: wall and processor seconds, memory, energy?

use crate::host::Host;
use cpu_time::ProcessTime;
use verosim_eval::card::Cost;

/// A stage that is being measured.
pub struct Meter<'a> {
    host: &'a Host<'a>,
    started: f64,
    processor: ProcessTime,
    microjoules: Option<u64>,
}

/// Watts of one busy core where energy cannot be read: server processors of 2020 to 2025 draw 5 to 15 W a core with
/// their share of memory.
const WATTS_PER_CORE: f64 = 10.0;

impl<'a> Meter<'a> {
    /// Starts measuring.
    #[must_use]
    pub fn start(host: &'a Host<'a>) -> Self {
        Self {
            host,
            started: (host.clock)(),
            processor: ProcessTime::now(),
            microjoules: package_microjoules(),
        }
    }

    /// What was taken since the start. `peak_bytes` is the greatest memory of the whole process so far.
    #[must_use]
    pub fn stop(self, stage: &str) -> Cost {
        let cpu_s = self.processor.elapsed().as_secs_f64();
        let measured = match (self.microjoules, package_microjoules()) {
            (Some(before), Some(after)) if after >= before => Some((after - before) as f64 * 1e-6),
            _ => None,
        };
        Cost {
            stage: stage.to_owned(),
            wall_s: (self.host.clock)() - self.started,
            cpu_s,
            peak_bytes: peak_bytes().unwrap_or(0),
            joules: Some(measured.unwrap_or(cpu_s * WATTS_PER_CORE)),
            energy_source: match measured {
                Some(_) => "measured (powercap, whole package)".into(),
                None => format!("modelled ({WATTS_PER_CORE} W per busy core)"),
            },
        }
    }
}

/// Greatest resident memory of this process in bytes; `None` where the system does not say.
#[must_use]
pub fn peak_bytes() -> Option<u64> {
    status_kib("VmHWM:").map(|kib| kib << 10)
}

/// Resident memory of this process in bytes; `None` where the system does not say.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    status_kib("VmRSS:").map(|kib| kib << 10)
}

fn status_kib(key: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find(|line| line.starts_with(key))?.split_whitespace().nth(1)?.parse().ok()
}

/// Whether energy can be measured here.
#[must_use]
pub fn has_energy_counter() -> bool {
    package_microjoules().is_some()
}

/// Energy counters of all processor packages (Linux powercap), where they may be read.
fn package_microjoules() -> Option<u64> {
    let mut total = None;
    for entry in std::fs::read_dir("/sys/class/powercap").ok()?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // `intel-rapl:0` is a package; `intel-rapl:0:0` is a part of it.
        if name.starts_with("intel-rapl:") && name.matches(':').count() == 1 {
            let text = std::fs::read_to_string(entry.path().join("energy_uj")).ok()?;
            total = Some(total.unwrap_or(0) + text.trim().parse::<u64>().ok()?);
        }
    }
    total
}
