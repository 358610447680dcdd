//! What is wrong with two bytes that follow each other, by the halves of them: what three tables
//! tell, is. (J. Keiser, D. Lemire: Validating UTF-8 In Less Than One Instruction Per Byte, 2021.)

/// A lead that no byte continues, and a byte that continues nothing.
const TOO_SHORT: u8 = 1;
const TOO_LONG: u8 = 1 << 1;
/// What has a shorter form.
const OVERLONG_2: u8 = 1 << 2;
const OVERLONG_3: u8 = 1 << 3;
/// What is above U+10FFFF, or (with `f5` and higher) has a shorter form.
const TOO_LARGE: u8 = 1 << 4;
const OVERLONG_4: u8 = 1 << 5;
const SURROGATE: u8 = 1 << 6;
/// Two bytes that continue something: right where a character has three or more.
const TWO_MORE: u8 = 1 << 7;
/// What the second half of a first byte has nothing to do with.
const ANY: u8 = TOO_SHORT | TOO_LONG | TWO_MORE;
const HIGH: u8 = ANY | TOO_LARGE | OVERLONG_4;
pub static FIRST_HIGH: [u8; 16] = {
    let mut table = [TOO_LONG; 16];
    let mut i = 8;
    while i < 12 {
        table[i] = TWO_MORE;
        i += 1;
    }
    table[0xc] = TOO_SHORT | OVERLONG_2;
    table[0xd] = TOO_SHORT;
    table[0xe] = TOO_SHORT | OVERLONG_3 | SURROGATE;
    table[0xf] = TOO_SHORT | TOO_LARGE | OVERLONG_4;
    table
};
pub static FIRST_LOW: [u8; 16] = {
    let mut table = [HIGH; 16];
    table[0] = ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4;
    table[1] = ANY | OVERLONG_2;
    (table[2], table[3]) = (ANY, ANY);
    table[4] = ANY | TOO_LARGE;
    table[0xd] = HIGH | SURROGATE;
    table
};
pub static SECOND_HIGH: [u8; 16] = {
    const SECOND: u8 = TOO_LONG | TWO_MORE | OVERLONG_2;
    let mut table = [TOO_SHORT; 16];
    table[8] = SECOND | OVERLONG_3 | OVERLONG_4;
    table[9] = SECOND | OVERLONG_3 | TOO_LARGE;
    table[0xa] = SECOND | SURROGATE | TOO_LARGE;
    table[0xb] = table[0xa];
    table
};
