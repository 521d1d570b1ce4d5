//! Does a recipe read back, and do mistakes get the nearest legal word?

use super::*;
use std::path::Path;
use verosim_core::Hint as _;

fn read(text: &str) -> Result<Answers, RecipeError> {
    Answers::from_toml(Path::new("r.toml"), text)
}

#[test]
fn a_resolved_recipe_reads_back() {
    let answers = read(
        "engine = 'trees'\nseed = 7\nnum_rows = 10\nholdout = 0.25\ntarget = ['y']\nsubject = 'id'\n\
         delimiter = ';'\nepsilon = 1\ndelta = 1e-7\ninsecure_seed = 3\ncanaries = 60\nto = 'omop'\n[judge]\npreset = 'quick'\nquasi = ['age']\n[concepts]\nage = 'alter'\n[kinds]\n'a b' = 'date'\n[settings]\nleaf_rows = 40\norder = 'source'\n\
         [[rules]]\nid = 'a'\nseverity = 'impossible'\nwords = 'a \"b\"'\nnever = 'x > 1'\n\
         [[rules]]\nid = 'b'\nseverity = 'implausible'\nwords = 'c'\nsource = 'd'\nwhen = 'x > 1'\nthen = 'y < x'\n",
    )
    .unwrap();
    let recipe = answers.clone().resolve();
    assert_eq!(read(&recipe.to_toml()).unwrap().resolve(), recipe);
    let flags = Answers { seed: Some(9), ..Answers::default() };
    assert_eq!(flags.over(answers).resolve(), Recipe { seed: 9, ..recipe }, "flags win over the file");
}

#[test]
fn mistakes_get_the_nearest_legal_word() {
    for (text, message, hint) in [
        ("sede = 1", "the recipe has no key `sede`", "did you mean `seed`?"),
        ("seed = 'x'", "`seed` is \"x\"; it must be a whole number from 0", "write a whole number from 0"),
        (
            "holdout = 1.5",
            "`holdout` is 1.5; it must be a share above 0 and up to 0.9, or a file name",
            "write a share above 0 and up to 0.9, or a file name",
        ),
        ("epsilon = 'little'", "`epsilon` is \"little\"; it must be a number", "write a number"),
        ("[kinds]\nage = 'continous'", "`age`: there is no kind `continous`", "did you mean `continuous`?"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint().unwrap().as_str()), (message, hint));
    }
    let rule = "version = 1\n[[rule]]\nid = 'a'\nwords = 'w'\n";
    for (text, message, hint) in [
        (
            "[[rule]]\n".to_owned(),
            "`version` is not there; it must be 1: this build reads no other",
            "write 1",
        ),
        (
            "version = 1\nrules = []".into(),
            "the file `f.toml` has a key `rules`, which no rule has",
            "did you mean `rule`?",
        ),
        (
            format!("{rule}sevrity = 'x'"),
            "rule `a` has a key `sevrity`, which no rule has",
            "did you mean `severity`?",
        ),
        (rule.into(), "`severity of rule `a`` is not there; it must be a text in quotes", "write a text"),
        (
            format!("{rule}severity = 'bad'"),
            "`severity of rule `a`` is `bad`; it must be impossible or implausible or unusual",
            "write impossible",
        ),
        (
            "version = 1\n[[rule]]\nid = 3\nseverity = 'impossible'".into(),
            "`id of rule number 1` is 3; it must be a text in quotes",
            "write a text",
        ),
    ] {
        let error = rules_from_toml(Path::new("f.toml"), &text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.hint().unwrap().starts_with(hint), "{:?}", error.hint());
    }
    assert!(read("rules = 'f.toml'").unwrap_err().to_string().contains("--rules"));
    assert!(matches!(read("seed ="), Err(RecipeError::NotToml { .. })));
}
