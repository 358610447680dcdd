//! Laws 3 and 4: what was accepted can be completed, to a document that holds what shows.

#![no_main]

use libfuzzer_sys::fuzz_target;
use partialjson::{Machine, Tree};
use partialjson_fuzz::{Input, grows_into, is_out_of_range, repeats_keys, write};

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::read(data) else { return };
    let options = input.options();
    let (mut machine, mut tree) = (Machine::new(options), Tree::default());
    let accepted = match write(&mut machine, &mut tree, input.chunks()) {
        Ok(()) => input.stream,
        // The machine that refused a byte completes nothing; one that never saw it does.
        Err(error) => {
            let accepted = &input.stream[..usize::try_from(error.pos).unwrap()];
            (machine, tree) = (Machine::new(options), Tree::default());
            write(&mut machine, &mut tree, [accepted]).expect("the byte after it was refused");
            accepted
        }
    };
    let before = tree.snapshot();
    let completion = machine.completion(None);
    let document = [accepted, &completion].concat();

    write(&mut machine, &mut tree, [&*completion]).expect("it completes the document");
    machine.finish(&mut tree).expect("the document is complete");
    assert!(machine.completion(None).is_empty());
    let after = tree.snapshot().expect("a document has a value");
    let only_grows = !repeats_keys(&document, options);
    assert!(before.is_none_or(|before| !only_grows || grows_into(&before, &after)));

    if options.allow_nan {
        return;
    }
    let text = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&document);
    if let Err(error) = serde_json::from_slice::<serde_json::Value>(text) {
        assert!(is_out_of_range(&error), "{error}");
    }
});
