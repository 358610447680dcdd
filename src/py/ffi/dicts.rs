//! Dicts. Many keys and values are put into one at a stroke.
//!
//! To put a key into a dict, CPython looks for it, and now and then moves all to a larger table.
//! But how many there are is known where an object ends, and so are their hashes. So the table is
//! laid out here, as CPython does it, in memory from where it takes it, and given to an empty dict.
//! Where that is not known, or [`shortcuts`](super::shortcuts) are off, keys are set one by one,
//! which is the safe twin.
//!
//! A table begins with a head, after which come as many indices as the table is wide, a power of
//! two, and then its keys with their values, in the order in which they came. An index says which
//! of them is there; where one is looked for first, and where then, its hash tells.

use std::ptr::{self, NonNull};
use std::slice;
use std::sync::OnceLock;

use pyo3::ffi::{self, compat};
#[cfg(Py_3_13)]
use pyo3::ffi::{PyMem_Free as free, PyMem_Malloc as malloc};
#[cfg(not(Py_3_13))]
use pyo3::ffi::{PyObject_Free as free, PyObject_Malloc as malloc};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Failed, List, Ref, check, none, shortcuts, text};

/// Whether a table is laid out so: not where it has a lock, nor in builds that count all references
/// together.
pub const KNOWN: bool = cfg!(not(any(Py_GIL_DISABLED, Py_3_16, py_sys_config = "Py_REF_DEBUG")));

/// A `dict`, or one of a class that is made of it.
#[derive(Debug)]
#[repr(transparent)]
pub struct Dict(Ref);

is_a_ref!(Dict);

impl From<Bound<'_, PyDict>> for Dict {
    fn from(dict: Bound<'_, PyDict>) -> Self {
        Self(Ref::from_bound(dict.into_any()))
    }
}

/// What a table begins with.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    references: isize,
    kind: Kind,
    /// For how many more keys there is room.
    room: isize,
    /// How many there are, with those that were removed.
    entries: isize,
}

/// How wide a table is, and how keys are looked for in it.
#[cfg(Py_3_11)]
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Kind {
    log2_width: u8,
    log2_bytes: u8,
    keys: u8,
    unused: u8,
    version: u32,
}

#[cfg(not(Py_3_11))]
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Kind {
    width: usize,
    lookup: usize,
}

/// A key with its value; up to 3.10 with the key's hash in front.
#[repr(C)]
struct Entry {
    #[cfg(not(Py_3_11))]
    hash: usize,
    key: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
}

/// An index where there is no key.
const NO_KEY: u8 = 0xff;

impl Kind {
    /// How wide a table of keys that are all `str` is, if its indices take a byte each. Not that of
    /// empty dicts: it is narrower than any other, and a place behind it would not be aligned.
    #[cfg(Py_3_11)]
    fn width(self) -> Option<usize> {
        const ONLY_STR: u8 = 1;
        let is_known = self.keys == ONLY_STR && self.log2_width == self.log2_bytes;
        let width = 1_usize.checked_shl(self.log2_width.into())?;
        (is_known && (NARROWEST..=WIDEST).contains(&width)).then_some(width)
    }

    #[cfg(not(Py_3_11))]
    fn width(self) -> Option<usize> {
        (NARROWEST..=WIDEST).contains(&self.width).then_some(self.width)
    }
}

/// How wide tables are that are known.
const WIDTHS: [usize; 5] = [8, 16, 32, 64, 128];
const NARROWEST: usize = WIDTHS[0];
const WIDEST: usize = WIDTHS[WIDTHS.len() - 1];

/// Wider objects are rare.
pub const MAX_KEYS: usize = room(WIDEST);

/// For how many keys there is room in all.
const fn room(width: usize) -> usize {
    width * 2 / 3
}

/// What tables without keys begin with, of each width.
static EMPTY: OnceLock<[Head; WIDTHS.len()]> = OnceLock::new();

/// Learns them from tables that CPython made. False where these are not laid out as we think.
pub fn learn(py: Python<'_>) -> Result<bool, Failed> {
    if !KNOWN || EMPTY.get().is_some() {
        return Ok(true);
    }
    let mut heads = Vec::new();
    for width in WIDTHS {
        let (dict, none) = (Dict::new(py)?, none(py));
        for key in ('0'..).take(room(width)) {
            dict.set(&text(py, key.encode_utf8(&mut [0; 4]))?, &none)?;
        }
        // SAFETY: the dict lives; whatever its table is, it has as many keys, and is longer than a
        // head.
        let full = unsafe { *dict.table() };
        let is_full = full.room == 0 && full.entries.cast_unsigned() == room(width);
        if full.references != 1 || full.kind.width() != Some(width) || !is_full {
            return Ok(false);
        }
        heads.push(Head { room: full.entries, entries: 0, ..full });
    }
    Ok(EMPTY.set(heads.try_into().expect("one of each width")).is_ok())
}

/// A table that no dict has yet.
struct Table(NonNull<Head>);

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: attached; it is memory from there.
        unsafe { free(self.0.as_ptr().cast()) }
    }
}

impl Table {
    /// One without keys that begins so and is so wide, in memory from where CPython takes it.
    #[inline]
    fn new<const WIDTH: usize>(head: Head) -> Result<Self, Failed> {
        let room = const { room(WIDTH) };
        // SAFETY: attached; the memory is as long as what is written there. All bytes zero is a
        // place without a key.
        unsafe {
            let length = size_of::<Head>() + WIDTH + room * size_of::<Entry>();
            let Some(table) = NonNull::new(malloc(length).cast::<Head>()) else {
                ffi::PyErr_NoMemory();
                return Err(Failed);
            };
            table.write(head);
            let indices = table.add(1).cast::<u8>();
            indices.write_bytes(NO_KEY, WIDTH);
            indices.add(WIDTH).cast::<Entry>().write_bytes(0, room);
            Ok(Self(table))
        }
    }

    /// One with these keys and values, which it then has. `None` where two of the keys may be
    /// equal; then, and where it fails, they are still the caller's.
    #[inline]
    fn of<const WIDTH: usize>(empty: Head, members: &[[Ref; 2]]) -> Result<Option<Self>, Failed> {
        let keys = members.len().cast_signed();
        let table = Self::new::<WIDTH>(Head { room: empty.room - keys, entries: keys, ..empty })?;
        // SAFETY: there is room for the members behind the indices. References are copied that the
        // caller gives away, if all goes well.
        unsafe {
            let indices = table.0.add(1).cast::<u8>();
            let mut entry = indices.add(WIDTH).cast::<Entry>();
            for (i, [key, value]) in (0..).zip(members) {
                let hash = hash(key)?;
                let (mut at, mut rest) = (hash & (WIDTH - 1), hash);
                loop {
                    let index = indices.add(at).read();
                    if index == NO_KEY {
                        break;
                    }
                    let [other, _] = &members[usize::from(index)];
                    if self::hash(other)? == hash {
                        return Ok(None);
                    }
                    rest >>= 5;
                    at = (at * 5 + rest + 1) & (WIDTH - 1);
                }
                indices.add(at).write(i);
                entry.write(Entry {
                    #[cfg(not(Py_3_11))]
                    hash,
                    key: key.as_ptr(),
                    value: value.as_ptr(),
                });
                entry = entry.add(1);
            }
        }
        Ok(Some(table))
    }

    /// Gives it to a dict that is empty, with so many keys.
    #[inline]
    fn give_to(self, dict: &Dict, keys: usize) {
        let object = dict.layout();
        // SAFETY: the dict is nobody else's, and has no table of its own yet.
        unsafe {
            // All empty ones have one, which counts them up to 3.11.
            #[cfg(not(Py_3_12))]
            {
                (*dict.table()).references -= 1;
            }
            // Up to 3.10, they have their values, none, apart from it.
            #[cfg(not(Py_3_11))]
            {
                (*object).ma_values = ptr::null_mut();
            }
            (*object).ma_keys = self.0.as_ptr().cast();
            (*object).ma_used = keys.cast_signed();
        }
        std::mem::forget(self);
    }
}

impl Dict {
    #[inline]
    pub fn new(_: Python<'_>) -> Result<Self, Failed> {
        // SAFETY: attached.
        Ref::from_new(unsafe { ffi::PyDict_New() }).map(Self)
    }

    /// An empty one with room for so many members, where there is a call for that.
    #[cfg_attr(any(not(unix), Py_3_14), expect(unused_variables))]
    #[inline]
    fn with_room(py: Python<'_>, members: usize) -> Result<Self, Failed> {
        // Every dict has room for five.
        #[cfg(all(unix, not(Py_3_14)))]
        if members > 5 && shortcuts::taken() {
            // SAFETY: declared so by the headers of these versions.
            unsafe extern "C" {
                fn _PyDict_NewPresized(members: ffi::Py_ssize_t) -> *mut ffi::PyObject;
            }
            // SAFETY: attached.
            return Ref::from_new(unsafe { _PyDict_NewPresized(members.cast_signed()) }).map(Self);
        }
        Self::new(py)
    }

    /// One of keys and values, in turn.
    pub fn of(py: Python<'_>, members: impl ExactSizeIterator<Item = Ref>) -> Result<Self, Failed> {
        let dict = Self::with_room(py, members.len() / 2)?;
        dict.set_all(members)?;
        Ok(dict)
    }

    /// One of the keys and values, in turn, that `members` has from `begin` on, and then no longer
    /// has.
    ///
    /// The garbage collector may not know it yet, even if there are containers among them.
    #[inline]
    pub fn off(py: Python<'_>, members: &mut Vec<Ref>, begin: usize) -> Result<Self, Failed> {
        let (pairs, _) = members[begin..].as_chunks();
        let keys = pairs.len();
        let Some(empty) =
            EMPTY.get().filter(|_| (1..=MAX_KEYS).contains(&keys) && shortcuts::taken())
        else {
            return Self::of(py, members.drain(begin..));
        };
        let dict = Self::new(py)?;
        let table = if keys <= room(WIDTHS[0]) {
            Table::of::<{ WIDTHS[0] }>(empty[0], pairs)
        } else if keys <= room(WIDTHS[1]) {
            Table::of::<{ WIDTHS[1] }>(empty[1], pairs)
        } else if keys <= room(WIDTHS[2]) {
            Table::of::<{ WIDTHS[2] }>(empty[2], pairs)
        } else if keys <= room(WIDTHS[3]) {
            Table::of::<{ WIDTHS[3] }>(empty[3], pairs)
        } else {
            Table::of::<{ WIDTHS[4] }>(empty[4], pairs)
        };
        let Some(table) = table? else {
            return Self::of(py, members.drain(begin..));
        };
        table.give_to(&dict, keys);
        // SAFETY: the dict has these references now.
        unsafe { members.set_len(begin) };
        Ok(dict)
    }

    /// The object, if it is a dict, of no subclass.
    #[inline]
    pub(super) fn exact(object: &Ref) -> Option<&Self> {
        // SAFETY: attached; the object lives.
        let is_dict = unsafe { ffi::PyDict_CheckExact(object.as_ptr()) } == 1;
        // SAFETY: it is a dict, and this type is a `Ref` to one, and nothing else.
        is_dict.then(|| unsafe { &*ptr::from_ref(object).cast() })
    }

    #[inline]
    fn layout(&self) -> *mut ffi::PyDictObject {
        self.as_ptr().cast()
    }

    #[inline]
    pub(super) fn table(&self) -> *mut Head {
        // SAFETY: it lives, and is a dict, whose head is laid out as PyO3 says.
        unsafe { (*self.layout()).ma_keys.cast() }
    }

    /// Its keys with their values, in the order in which they came, if its table is one that we know
    /// and shortcuts are taken. Of those that were removed, or have their value elsewhere, at least
    /// one pointer is null.
    #[inline]
    fn entries(&self) -> Option<&[Entry]> {
        if !KNOWN || !shortcuts::taken() {
            return None;
        }
        let table = self.table();
        // SAFETY: behind the head are as many indices of a byte each, which is a multiple of what a
        // place is aligned to, and behind these as many places as have been taken. Nobody changes it
        // while it is looked at: nothing is called.
        unsafe {
            let entries = table.add(1).byte_add((*table).kind.width()?).cast::<Entry>();
            Some(slice::from_raw_parts(entries, (*table).entries.cast_unsigned().min(MAX_KEYS)))
        }
    }

    /// How many dicts have the same table, which empty ones do.
    pub fn sharers(&self) -> isize {
        // SAFETY: the dict lives, and its table begins with a head.
        unsafe { (*self.table()).references }
    }

    #[inline]
    pub fn set(&self, key: &Ref, value: &Ref) -> Result<(), Failed> {
        // SAFETY: attached; all three live, and the call takes references of its own.
        check(unsafe { ffi::PyDict_SetItem(self.as_ptr(), key.as_ptr(), value.as_ptr()) })
    }

    /// Puts keys and values, in turn, into it.
    #[inline]
    pub fn set_all(&self, mut members: impl Iterator<Item = Ref>) -> Result<(), Failed> {
        while let (Some(key), Some(value)) = (members.next(), members.next()) {
            self.set(&key, &value)?;
        }
        Ok(())
    }

    #[inline]
    pub fn contains(&self, key: &Ref) -> Result<bool, Failed> {
        // SAFETY: attached; both live, and this is a dict.
        match unsafe { ffi::PyDict_Contains(self.as_ptr(), key.as_ptr()) } {
            -1 => Err(Failed),
            found => Ok(found == 1),
        }
    }

    /// What it has under the key, if it has it.
    #[inline]
    pub fn get(&self, key: &Ref) -> Result<Option<Ref>, Failed> {
        let mut found = ptr::null_mut();
        // SAFETY: attached; both live; what is found has a reference for us.
        unsafe {
            let status = compat::PyDict_GetItemRef(self.as_ptr(), key.as_ptr(), &raw mut found);
            check(status.min(0))?;
            Ok(Ref::from_new(found).ok())
        }
    }

    /// Removes every key that is not in `known`, all of which it has.
    #[inline]
    pub fn keep(&self, py: Python<'_>, known: &Self) -> Result<(), Failed> {
        if self.len(py) == known.len(py) {
            return Ok(());
        }
        let keys = self.keys()?;
        for index in 0..keys.len(py) {
            let Some(key) = keys.get(py, index) else { break };
            if !known.contains(&key)? {
                // SAFETY: attached; both live. A key that is not there is an error, not a crash.
                check(unsafe { ffi::PyDict_DelItem(self.as_ptr(), key.as_ptr()) })?;
            }
        }
        Ok(())
    }

    /// Its keys in their order.
    pub fn keys(&self) -> Result<List, Failed> {
        // SAFETY: attached; it lives, and is a dict, of which the call makes a list.
        Ref::from_new(unsafe { ffi::PyDict_Keys(self.as_ptr()) }).map(List)
    }

    #[inline]
    pub fn copy(&self) -> Result<Self, Failed> {
        // SAFETY: attached; it lives. A copy of a dict is one.
        Ref::from_new(unsafe { ffi::PyDict_Copy(self.as_ptr()) }).map(Self)
    }

    /// How many keys it has.
    #[inline]
    pub fn len(&self, _: Python<'_>) -> usize {
        // SAFETY: attached; it lives, and is a dict, whose head is laid out as PyO3 says.
        #[cfg(not(Py_GIL_DISABLED))]
        let length = unsafe { (*self.layout()).ma_used };
        // SAFETY: as above; another thread may change it meanwhile.
        #[cfg(Py_GIL_DISABLED)]
        let length = unsafe { ffi::PyDict_Size(self.as_ptr()) };
        length.unsigned_abs()
    }

    /// Whether it has this very object under a key: that is not held for it, where a lock makes
    /// that needless. It is looked for behind so many others first, or where what came last is.
    #[inline]
    pub fn has(&self, key: &Ref, value: &Ref, place: Option<usize>) -> Result<bool, Failed> {
        if self.is_at(place, key, value) {
            return Ok(true);
        }
        #[cfg(Py_GIL_DISABLED)]
        return Ok(self.get(key)?.is_some_and(|found| found.is(value)));
        // SAFETY: attached; both live. What is found is compared, not followed.
        #[cfg(not(Py_GIL_DISABLED))]
        unsafe {
            let found = ffi::PyDict_GetItemWithError(self.as_ptr(), key.as_ptr());
            if found.is_null() && !ffi::PyErr_Occurred().is_null() {
                return Err(Failed);
            }
            Ok(found == value.as_ptr())
        }
    }

    /// Whether these are what it has in this place, in the order in which they came, or what came
    /// last; if its table is one that we know.
    #[inline]
    fn is_at(&self, place: Option<usize>, key: &Ref, value: &Ref) -> bool {
        let Some(entries) = self.entries() else { return false };
        let entry = place.map_or(entries.last(), |place| entries.get(place));
        entry.is_some_and(|entry| entry.key == key.as_ptr() && entry.value == value.as_ptr())
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

/// The key in this place of a dict, in the order in which they came; `None` where one was removed,
/// or it is no such dict. Anybody may have changed it.
#[inline]
pub fn key_at(py: Python<'_>, dict: &Ref, place: usize) -> Option<Ref> {
    let dict = Dict::exact(dict)?;
    // If as many places are used as were taken, each has its key still, which the table refers to;
    // if it is shared with other dicts (up to 3.10; later ones are told by their kind), it may have
    // keys of theirs.
    let entries = dict.entries().filter(|entries| entries.len() == dict.len(py))?;
    let key = entries.get(place)?.key;
    // SAFETY: attached; the key, if there is one, lives, for the table refers to it.
    unsafe { ffi::Py_XINCREF(key) };
    Ref::from_new(key).ok()
}
