//! Keys and values written straight to where CPython keeps those of a dict.
//!
//! In a copy of a dict of which nothing was ever removed, they are where they are in the original.
//! Only for versions whose layout is known, where a dict is seen to have it, and unless
//! [`shortcuts`](super::shortcuts) are off; the safe twin is [`set_all`](super::set_all).
//!
//! A dict's table begins with a head, after which come as many indices as the table is wide, a power of
//! two, and then its keys with their values, in the order in which they came. An index says which of
//! them is there; where one is looked for first, and where then, its hash tells.

use pyo3::Python;

use super::{Failed, Ref};

#[cfg(all(target_pointer_width = "64", not(any(Py_GIL_DISABLED, Py_3_16))))]
pub use self::known::{Places, key_at};
#[cfg(not(all(target_pointer_width = "64", not(any(Py_GIL_DISABLED, Py_3_16)))))]
pub use self::unknown::{Places, key_at};

#[cfg(all(target_pointer_width = "64", not(any(Py_GIL_DISABLED, Py_3_16))))]
mod known {
    use std::ptr;

    use pyo3::ffi;

    use super::super::{put_before, shortcuts, track};
    use super::{Failed, Python, Ref};

    /// `dk_refcnt`, sizes, `dk_usable` and `dk_nentries`; then come the indices.
    const HEADER: usize = if cfg!(Py_3_11) { 32 } else { 40 };
    /// A key and its value; before 3.11 with the key's hash in front.
    const ENTRY: usize = if cfg!(Py_3_11) { 16 } else { 24 };
    const POINTER: usize = 8;
    /// An index where there is no key.
    const NO_KEY: u8 = 0xff;

    /// What a table consists of.
    type Word = *mut ffi::PyObject;

    /// Where the values of a dict are, and of its copies.
    #[derive(Debug)]
    pub struct Places {
        /// Where the dict's own table of keys is, and how many it has.
        table: usize,
        used: isize,
        /// How far from the start of a table its first value is.
        first: usize,
    }

    impl Places {
        /// Whether they are known for this version.
        pub const KNOWN: bool = true;
        /// Whether keys can be put there, too: before 3.11 there is a hash with each.
        pub const TAKE_KEYS: bool = cfg!(Py_3_11);

        /// `None` where the values, which are all `None`, are not where they are looked for.
        pub fn find(_: Python<'_>, dict: &Ref, keys: &[Ref]) -> Option<Self> {
            let (table, used) = head(dict);
            if used != keys.len().cast_signed() {
                return None;
            }
            let first = HEADER + indices(table)? + ENTRY - POINTER;
            let are_here = keys.iter().enumerate().all(|(i, key)| {
                // SAFETY: the table has room for as many entries as keys were put into the dict,
                // if it is laid out as we think; what is read is compared and not followed.
                unsafe {
                    let value = table.byte_add(first + i * ENTRY);
                    *value == ffi::Py_None() && *value.sub(1) == key.as_ptr()
                }
            });
            let places = Self { table: table.addr(), used, first };
            (are_here && places.are_in_copies_of(dict)).then_some(places)
        }

        /// Whether they are there in a copy that is made now: nobody has found the dict, by way of
        /// the garbage collector say, and added or removed keys.
        #[inline]
        pub fn are_in_copies_of(&self, dict: &Ref) -> bool {
            let (table, used) = head(dict);
            // SAFETY: the table is the one that was looked at; its head ends with `dk_nentries`, of
            // which there are more than keys once one was removed.
            table.addr() == self.table
                && used == self.used
                && used == unsafe { *table.byte_add(HEADER - POINTER).cast::<isize>() }
        }

        /// Puts the keys of `members`, each with its value behind it, in place of those of a new copy of
        /// the dict. False where two of them may be equal: then the copy is of no use.
        #[inline]
        pub fn lay(&self, copy: &Ref, members: &[Ref]) -> Result<bool, Failed> {
            let (table, _) = head(copy);
            let width = self.first + POINTER - ENTRY - HEADER;
            // SAFETY: so long are the indices of the table, which is a copy of one that was looked at,
            // and is nobody else's.
            let indices =
                unsafe { std::slice::from_raw_parts_mut(table.cast::<u8>().add(HEADER), width) };
            indices.fill(NO_KEY);
            // The width is a power of two.
            let mask = width - 1;
            // SAFETY: as above.
            let mut place = unsafe { table.byte_add(self.first - POINTER) };
            let (members, _) = members.as_chunks();
            for (i, [key, _]) in (0..).zip(members) {
                let hash = hash(key)?;
                let (mut at, mut rest) = (hash & mask, hash);
                while indices[at] != NO_KEY {
                    let [other, _] = &members[usize::from(indices[at])];
                    if self::hash(other)? == hash {
                        return Ok(false);
                    }
                    rest >>= 5;
                    at = (at * 5 + rest + 1) & mask;
                }
                indices[at] = i;
                // SAFETY: there is a place for each key; what was there is a reference of the copy's,
                // which is dropped.
                unsafe {
                    ffi::Py_DECREF(ptr::replace(place, key.clone().into_ptr()));
                    place = place.byte_add(ENTRY);
                }
            }
            Ok(true)
        }

        /// Fills the values that follow each key in `members` into a new copy of the dict, `in_order` for the
        /// garbage collector.
        #[inline]
        pub fn fill(&self, copy: &Ref, mut members: impl Iterator<Item = Ref>, in_order: bool) {
            let (table, _) = head(copy);
            // SAFETY: the table is a copy of one that was looked at.
            let mut place = unsafe { table.byte_add(self.first) };
            let mut has_containers = false;
            while let (Some(key), Some(value)) = (members.next(), members.next()) {
                // SAFETY: nobody else has seen the copy, and there is a place for each key; what
                // was there is a reference of the copy's, which is dropped.
                unsafe {
                    debug_assert_eq!(*place.sub(1), key.as_ptr());
                    has_containers |= ffi::PyType_IS_GC(ffi::Py_TYPE(value.as_ptr())) == 1;
                    ffi::Py_DECREF(ptr::replace(place, value.into_ptr()));
                    place = place.byte_add(ENTRY);
                }
            }
            if has_containers {
                track(copy);
                if in_order {
                    // SAFETY: what stands there are references to the values.
                    let value =
                        |i| unsafe { &*table.byte_add(self.first + i * ENTRY).cast::<Ref>() };
                    put_before(copy, (0..self.used.unsigned_abs()).map(value));
                }
            }
        }
    }

    /// The key in this place of a dict, in the order in which they came; `None` where one was removed, or
    /// it is no such dict. Anybody may have changed it.
    #[inline]
    pub fn key_at(_: Python<'_>, dict: &Ref, place: usize) -> Option<Ref> {
        // SAFETY: the object lives.
        let is_dict = unsafe { ffi::PyDict_CheckExact(dict.as_ptr()) } == 1;
        if !is_dict || !shortcuts::taken() {
            return None;
        }
        let (table, used) = head(dict);
        let first = HEADER + indices(table)?;
        // SAFETY: the head of a table ends with `dk_nentries`: so many places behind the indices have been
        // taken. If as many are used, each has its key still, which the table refers to; if it is shared
        // with other dicts (up to 3.10; later ones are told by their kind), it may have keys of theirs.
        unsafe {
            let count = *table.byte_add(HEADER - POINTER).cast::<isize>();
            if count != used || place >= count.cast_unsigned() {
                return None;
            }
            let key = *table.byte_add(first + place * ENTRY + ENTRY - 2 * POINTER);
            ffi::Py_XINCREF(key);
            Ref::from_new(key).ok()
        }
    }

    /// A key's hash, which most have with them.
    #[inline]
    fn hash(key: &Ref) -> Result<usize, Failed> {
        // SAFETY: attached; the key lives, and is a `str`, which begins with such a head.
        let known = unsafe { (*key.as_ptr().cast::<ffi::PyASCIIObject>()).hash };
        // SAFETY: as above.
        let hash = if known == -1 { unsafe { ffi::PyObject_Hash(key.as_ptr()) } } else { known };
        if hash == -1 { Err(Failed) } else { Ok(hash.cast_unsigned()) }
    }

    /// Where a dict has its keys, and how many there are.
    #[inline]
    fn head(dict: &Ref) -> (*mut Word, isize) {
        let dict = dict.as_ptr().cast::<ffi::PyDictObject>();
        // SAFETY: the object lives and is a dict; its head is laid out as PyO3 says.
        unsafe { ((*dict).ma_keys.cast(), (*dict).ma_used) }
    }

    /// The bytes that the indices take, if the table is one for keys that are all `str`.
    #[cfg(Py_3_11)]
    fn indices(table: *const Word) -> Option<usize> {
        const ONLY_STR: u8 = 1;
        let table = table.cast::<u8>();
        // SAFETY: the table lives, and begins with `dk_refcnt`; then come `dk_log2_size`,
        // `dk_log2_index_bytes` and `dk_kind`, a byte each.
        let (log2_bytes, kind) = unsafe { (*table.add(9), *table.add(10)) };
        (kind == ONLY_STR && log2_bytes < 16).then(|| 1 << log2_bytes)
    }

    #[cfg(not(Py_3_11))]
    fn indices(table: *const Word) -> Option<usize> {
        // SAFETY: the table lives, and begins with `dk_refcnt` and `dk_size`.
        let size = unsafe { *table.add(1).cast::<usize>() };
        // An index takes one byte in tables of up to 128, the widest that templates have.
        (size <= 128).then_some(size)
    }
}

#[cfg(not(all(target_pointer_width = "64", not(any(Py_GIL_DISABLED, Py_3_16)))))]
mod unknown {
    use super::{Failed, Python, Ref};

    pub fn key_at(_: Python<'_>, _: &Ref, _: usize) -> Option<Ref> {
        None
    }

    /// Where the values of a dict are: nobody knows.
    #[derive(Debug)]
    pub enum Places {}

    impl Places {
        pub const KNOWN: bool = false;
        pub const TAKE_KEYS: bool = false;

        pub fn find(_: Python<'_>, _: &Ref, _: &[Ref]) -> Option<Self> {
            None
        }

        pub fn are_in_copies_of(&self, _: &Ref) -> bool {
            match *self {}
        }

        pub fn fill(&self, _: &Ref, _: impl Iterator<Item = Ref>, _: bool) {
            match *self {}
        }

        pub fn lay(&self, _: &Ref, _: &[Ref]) -> Result<bool, Failed> {
            match *self {}
        }
    }
}
