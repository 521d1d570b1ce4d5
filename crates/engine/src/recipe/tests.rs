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
         delimiter = ';'\nepsilon = 1\ndelta = 1e-7\ninsecure_seed = 3\n[kinds]\n'a b' = 'date'\n[settings]\nleaf_rows = 40\norder = 'source'\n",
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
    assert!(matches!(read("seed ="), Err(RecipeError::NotToml { .. })));
}
