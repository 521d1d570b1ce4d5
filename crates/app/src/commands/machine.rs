//! What does this machine have?

use crate::args::Common;
use crate::exit::Exit;
use crate::words;
use serde_json::json;
use verosim_engine::{EngineError, Host, models::ENGINES};

/// Cores that may be used.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The day here.
pub(crate) fn today() -> String {
    chrono::Local::now().format("%Y-%m-%d").to_string()
}

pub(crate) fn doctor(common: &Common, host: &Host<'_>) -> Result<Exit, EngineError> {
    let memory = memory_mib();
    let folder = std::env::temp_dir();
    let probe = folder.join(format!(".verosim-{}", std::process::id()));
    let writable = std::fs::write(&probe, b"x").is_ok();
    let _ = std::fs::remove_file(&probe);
    let engines: Vec<&str> = ENGINES.iter().map(|engine| engine.page().id).collect();
    if common.json {
        words::result(&json!({ "version": host.version, "cores": cores(), "memory_mib": memory, "temp_writable": writable, "engines": engines }).to_string());
        return Ok(Exit::Ok);
    }
    words::result(&format!(
        "verosim {}\ncores         {}\nmemory        {}\ntemporary     {} ({})\nenergy        {}\naccelerator   not used by this release\nengines       {}",
        host.version,
        cores(),
        memory.map_or("unknown".into(), |mib| format!("{mib} MiB free")),
        folder.display(),
        if writable { "writable" } else { "NOT writable" },
        if std::path::Path::new("/sys/class/powercap/intel-rapl:0/energy_uj").exists() {
            "counter found"
        } else {
            "no counter: modelled from processor time"
        },
        engines.join(", "),
    ));
    Ok(Exit::Ok)
}

fn memory_mib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib >> 10)
}
