//! Keys that are not remembered: which came lately, and whether there should be room for more.

/// A power of two.
const LANES: usize = 4096;
/// How many new keys it takes until there is less room, and how many in balance there is more.
const PATIENCE: i16 = 2048;
/// For how many new ones a key counts that was forgotten and is wanted again.
const WANTED: i16 = 16;

/// A bounded filter: two bytes for a key, most of them of its hash.
#[derive(Debug)]
pub struct Missed {
    lanes: [u16; LANES],
    /// From what is below zero by [`PATIENCE`], where there is to be less room, to what is above by
    /// it, where there is to be more.
    wanted: i16,
}

/// Set in a lane until another key would have taken it: so one of two that take turns stays.
const RECENT: u16 = 1;
/// Set in a lane if its key was remembered, and forgotten for another.
const FORGOTTEN: u16 = 2;

/// What is to be done about a key that there is no room for.
#[derive(Debug)]
pub enum Advice {
    /// It is new.
    Pass,
    /// It came lately.
    Take,
    /// It is new, as most are.
    Shrink,
    /// It was forgotten too early, as others were.
    Grow,
}

impl Missed {
    pub const fn new() -> Self {
        Self { lanes: [0; LANES], wanted: 0 }
    }

    /// Which lane a key has, and what is in it then.
    #[inline]
    fn place(hash: u64) -> (usize, u16) {
        ((hash >> 32) as usize % LANES, (hash >> 48) as u16 & !(FORGOTTEN | RECENT))
    }

    /// A key that there is no room for.
    #[inline]
    pub fn came(&mut self, hash: u64) -> Advice {
        let (place, tag) = Self::place(hash);
        let lane = &mut self.lanes[place];
        if (*lane ^ tag) <= FORGOTTEN | RECENT {
            let is_wanted = *lane & FORGOTTEN != 0;
            *lane = 0;
            return if is_wanted { self.want() } else { Advice::Take };
        }
        *lane = if *lane & RECENT == 0 { tag | RECENT } else { *lane & !RECENT };
        self.new_ones(1)
    }

    /// That so many keys were new.
    #[inline]
    pub fn new_ones(&mut self, count: i16) -> Advice {
        self.wanted -= count;
        if self.wanted <= -PATIENCE {
            self.wanted = 0;
            return Advice::Shrink;
        }
        Advice::Pass
    }

    /// That one was forgotten too early.
    #[cold]
    fn want(&mut self) -> Advice {
        self.wanted += WANTED;
        if self.wanted < PATIENCE {
            return Advice::Take;
        }
        self.wanted = 0;
        Advice::Grow
    }

    /// A key that was remembered until now.
    pub fn forget(&mut self, hash: u64) {
        let (place, tag) = Self::place(hash);
        self.lanes[place] = tag | FORGOTTEN | RECENT;
    }
}
