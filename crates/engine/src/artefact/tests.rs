//! Does a saved model draw the same rows, and is every damage refused in words?

use super::Artefact;
use crate::draw::{Ask, draw};
use crate::host::Host;
use crate::recipe::{Answers, Recipe};
use crate::{fit, load};
use std::path::Path;
use verosim_core::{Context, Hint as _, Seeded};
use verosim_data::io::{FileFormat, SourceInfo, write};

/// A small model of the fictional clinic.
fn model(folder: &Path) -> Artefact {
    let file = folder.join("clinic.csv");
    let clinic = verosim_data::world::clinic(300, Seeded::new(3));
    write(&clinic, &file, &SourceInfo::of(FileFormat::Csv), true).unwrap();
    let recipe: Recipe = Answers { engine: Some("independent".into()), ..Answers::default() }.resolve();
    let source = load::load(&file, &recipe, None, None, Context::silent()).unwrap();
    fit::fit(&source.train(), &source, &recipe, &Host::still(), Context::silent()).unwrap()
}

#[test]
fn a_saved_model_draws_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path());
    model.save(&folder.path().join("m"), false).unwrap();
    let back = Artefact::load(&folder.path().join("m")).unwrap();
    let rows =
        |artefact: &Artefact| draw(artefact, &Ask::rows(100), Seeded::new(1), Context::silent()).unwrap();
    assert_eq!(
        format!("{:?}", rows(&model)),
        format!("{:?}", rows(&back)),
        "text, because NaN is not equal to NaN"
    );
    assert!(model.save(&folder.path().join("m"), false).is_err(), "never over another model unasked");
    assert!(model.save(&folder.path().join("m"), true).is_ok());
}

#[test]
fn every_damage_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("m");
    model(folder.path()).save(&whole, false).unwrap();
    let text = std::fs::read_to_string(whole.join("model.json")).unwrap();
    let arrays = std::fs::read(whole.join("arrays.safetensors")).unwrap();
    let refused = |text: &str, arrays: &[u8]| {
        let path = folder.path().join("damaged");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("model.json"), text).unwrap();
        std::fs::write(path.join("arrays.safetensors"), arrays).unwrap();
        let error = Artefact::load(&path).err().expect("damage is refused");
        assert!(error.hint().is_some(), "{error}");
        error.to_string()
    };
    let newer = text.replacen("\"format_version\": 1", "\"format_version\": 9", 1);
    assert_eq!(refused(&newer, &arrays), "the model has format version 9; this build reads version 1");
    let stranger = text.replacen("\"engine\": \"independent\"", "\"engine\": \"oracle\"", 1);
    assert_eq!(
        refused(&stranger, &arrays),
        "the model was made by engine `oracle`, which this build does not have"
    );
    assert!(
        refused(&text[..text.len() / 2], &arrays).starts_with("`model.json` of the model is damaged: line ")
    );
    let other = refused(&text, &[&arrays[..], b"x"].concat());
    assert_eq!(
        other,
        "`arrays.safetensors` of the model is damaged: it is not the file that `model.json` names"
    );
    assert!(refused("{}", &arrays).contains("format version 0"));
    let error = Artefact::load(folder.path()).err().expect("a folder without a model is none");
    assert!(error.to_string().contains("is not a model: it has no `model.json`"));
}
