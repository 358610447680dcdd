//! Laws 1 and 3: the same outcome however the stream is cut, and what shows only grows.

#![no_main]

use libfuzzer_sys::fuzz_target;
use partialjson::{Machine, Tree};
use partialjson_fuzz::{Input, Outcome, grows_into, parse, repeats_keys, write};

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::read(data) else { return };
    let options = input.limits();
    let expected = parse([input.stream], options);
    assert_eq!(parse(input.stream.chunks(1), options), expected);

    let (mut machine, mut tree) = (Machine::new(options), Tree::default());
    let only_grows = !repeats_keys(input.stream, options);
    let (mut end, mut before) = (Ok(()), None);
    for chunk in input.chunks() {
        end = end.and_then(|()| write(&mut machine, &mut tree, [chunk]));
        let after = tree.snapshot();
        if let (Some(before), true) = (&before, only_grows) {
            assert!(after.as_ref().is_some_and(|after| grows_into(before, after)));
        }
        before = after;
    }
    assert_eq!(Outcome::of(&machine, &tree, end), expected);

    // Law 8: an error stays, and so does the value before it.
    if let Err(error) = end {
        assert_eq!(write(&mut machine, &mut tree, [&b" "[..]]), Err(error));
        assert_eq!(Outcome::of(&machine, &tree, end), expected);
        let accepted = &input.stream[..usize::try_from(machine.offset()).unwrap()];
        assert_eq!(parse([accepted], options).value, expected.value);
    }
});
