//! Does equal seed give equal bytes at 1, 2 and 16 threads?

use crate::session::Session;

#[test]
fn a_long_draw_is_the_same_at_any_number_of_threads() {
    // More rows than one block, so that blocks are drawn and written one after the other.
    let s = Session::new();
    s.clinic("clinic.csv", 150);
    s.run(&["fit", "clinic.csv", "--engine", "independent", "-o", "m", "-q"]).ends(0);
    for threads in ["1", "2", "16"] {
        s.run(&["sample", "m", "-n", "70000", "-o", &format!("{threads}.csv"), "--threads", threads, "-q"])
            .ends(0);
    }
    let one = s.text("1.csv");
    assert_eq!(one.lines().count(), 70_001);
    assert!(one == s.text("2.csv") && one == s.text("16.csv"));
    let ids: std::collections::BTreeSet<&str> =
        one.lines().filter_map(|line| line.split(',').next()).collect();
    assert_eq!(ids.len(), 70_001, "identifiers go on over blocks and never repeat");
}
