//! Did the help change?

use crate::session::Session;

#[test]
fn help_is_as_it_was_agreed() {
    let s = Session::new();
    insta::assert_snapshot!("help", s.run(&["--help"]).ends(0).out);
    insta::assert_snapshot!("help_run", s.run(&["run", "-h"]).ends(0).out);
    assert!(s.run(&["--version"]).ends(0).out.starts_with("verosim "));
    assert_eq!(s.run(&[]).ends(2).out, "", "help that nobody asked for is no data");
}
