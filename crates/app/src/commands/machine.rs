//! `doctor`: what does this machine have, and which engines run here?

use crate::args::Common;
use crate::exit::Exit;
use crate::words;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use verosim_engine::{Host, portfolio::pages};

/// Cores that may be used.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The day here.
pub(crate) fn today() -> String {
    chrono::Local::now().format("%Y-%m-%d").to_string()
}

pub(crate) fn doctor(common: &Common, host: &Host<'_>) -> Exit {
    let here = std::env::current_dir().unwrap_or_else(|_| Path::new(".").to_path_buf());
    let writable = is_writable(&here);
    let (memory, disk) = (memory_mib(), disk_mib(&here));
    let counter = verosim_engine::cost::has_energy_counter();
    let accelerator = Path::new("/proc/driver/nvidia/version").exists();
    let engines: Vec<_> = pages().collect();
    if common.json {
        let engines: Vec<&str> = engines.iter().map(|page| page.id).collect();
        let machine = json!({
            "version": host.version, "cores": cores(), "memory_free_mib": memory, "disk_free_mib": disk,
            "folder_writable": writable, "energy_counter": counter, "accelerator": accelerator, "engines": engines,
        });
        words::result(&machine.to_string());
        return Exit::Ok;
    }
    let mib = |mib: Option<u64>| mib.map_or("unknown".into(), |mib| format!("{mib} MiB free"));
    let mut text = format!(
        "verosim       {}\ncores         {}\nmemory        {}\ndisk          {} here, {}\nenergy        {}\naccelerator   {}\n",
        host.version,
        cores(),
        mib(memory),
        mib(disk),
        if writable { "writable" } else { "NOT writable" },
        if counter {
            "measured: the processor's counter can be read"
        } else {
            "modelled from processor time: no counter can be read"
        },
        if accelerator {
            "found; no engine of this release uses one"
        } else {
            "none; no engine of this release needs one"
        },
    );
    for page in engines {
        let control = if page.control_only { " (with --control)" } else { "" };
        let _ = writeln!(text, "engine        {} runs here{control}", page.id);
    }
    words::result(&text);
    Exit::Ok
}

/// Tries with a file of its own that it takes away again.
fn is_writable(folder: &Path) -> bool {
    let probe = folder.join(format!(".verosim-{}.part", std::process::id()));
    let writable = std::fs::write(&probe, b"x").is_ok();
    let _ = std::fs::remove_file(&probe);
    writable
}

fn memory_mib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib >> 10)
}

#[cfg(unix)]
fn disk_mib(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some((disk.f_bavail * disk.f_frsize) >> 20)
}

#[cfg(not(unix))]
fn disk_mib(_: &Path) -> Option<u64> {
    None
}
