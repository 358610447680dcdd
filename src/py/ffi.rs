//! Python objects, owned and made without ceremony: the only unsafe code on the Python side.
//!
//! Everything here runs attached to the interpreter: every function takes a [`Python`] token, or is
//! called only by code that was handed one. A failed call leaves Python's own error set and returns
//! [`Failed`], which costs nothing to pass up.

/// What a type needs that is a [`Ref`] to an object of a known kind.
macro_rules! is_a_ref {
    ($kind:ident) => {
        impl std::ops::Deref for $kind {
            type Target = Ref;

            #[inline]
            fn deref(&self) -> &Ref {
                &self.0
            }
        }

        impl From<$kind> for Ref {
            #[inline]
            fn from(object: $kind) -> Self {
                object.0
            }
        }
    };
}

pub mod again;
mod containers;
mod counts;
mod dicts;
pub mod direct;
mod exclusive;
mod fetch;
mod fresh;
mod growing;
mod lists;
mod order;
mod pause;
mod scratch;
pub mod shortcuts;
mod strings;

use std::ffi::CStr;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::type_object::PyTypeInfo;

pub use self::containers::{Container, Either};
pub use self::dicts::{Dict, key_at};
pub use self::exclusive::{Exclusive, Taken};
pub use self::fetch::*;
pub use self::fresh::float as fresh_float;
pub use self::growing::GrowingStr;
pub use self::lists::List;
pub use self::order::{first_known, is_known as order_is_known, put_before, track};
pub use self::pause::Pause;
pub use self::scratch::Scratch;
pub use self::strings::*;

/// A Python exception is set.
#[derive(Debug)]
pub struct Failed;

impl Failed {
    /// Sets an exception of PyO3's.
    pub fn set(py: Python<'_>, error: PyErr) -> Self {
        error.restore(py);
        Self
    }

    /// Takes the exception over.
    pub fn fetch(self, py: Python<'_>) -> PyErr {
        PyErr::fetch(py)
    }
}

/// Whether no other interpreter of this process was the first to ask: classes, keys and the like
/// are kept once for all, and are those of one.
pub fn is_first_interpreter(_: Python<'_>) -> bool {
    static FIRST: AtomicI64 = AtomicI64::new(-1);
    // SAFETY: attached, and so in an interpreter.
    let this = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
    let first = FIRST.compare_exchange(-1, this, Relaxed, Relaxed);
    first.is_ok() || first == Err(this)
}

/// One reference to a Python object.
#[derive(Debug)]
#[repr(transparent)]
pub struct Ref(NonNull<ffi::PyObject>);

// SAFETY: a `Ref` is only made, cloned and dropped by methods of classes of this extension, which
// the interpreter calls attached, and which no two threads run at once on one object
// ([`Exclusive`], or PyO3's borrow flag). Reference counts themselves are atomic where there is no
// global lock.
unsafe impl Send for Ref {}
// SAFETY: as above; a shared `Ref` is only read.
unsafe impl Sync for Ref {}

impl Drop for Ref {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this reference is ours, and the thread is attached.
        unsafe { ffi::Py_DECREF(self.0.as_ptr()) }
    }
}

impl Clone for Ref {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: the object lives, for we hold it, and the thread is attached.
        unsafe { ffi::Py_INCREF(self.0.as_ptr()) };
        Self(self.0)
    }
}

impl Ref {
    /// Takes over a new reference that a call returned, if it did.
    #[inline]
    fn from_new(pointer: *mut ffi::PyObject) -> Result<Self, Failed> {
        NonNull::new(pointer).map(Self).ok_or(Failed)
    }

    #[inline]
    fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.as_ptr()
    }

    /// Gives the reference away.
    #[inline]
    fn into_ptr(self) -> *mut ffi::PyObject {
        let pointer = self.0.as_ptr();
        std::mem::forget(self);
        pointer
    }

    /// The same object, for PyO3.
    #[inline]
    pub fn to_bound<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        // SAFETY: the object lives, for we hold it.
        unsafe { Bound::from_borrowed_ptr(py, self.as_ptr()) }
    }

    /// The object, given to PyO3.
    #[inline]
    pub fn into_bound(self, py: Python<'_>) -> Bound<'_, PyAny> {
        // SAFETY: the object lives, and the reference is given away.
        unsafe { Bound::from_owned_ptr(py, self.into_ptr()) }
    }

    /// The same object, where no reference may be counted: the garbage collector's visit.
    pub fn as_py(&self) -> &Py<PyAny> {
        // SAFETY: both are one non-null pointer to an object (`Py` is `repr(transparent)`), and the
        // result lives no longer than our reference.
        unsafe { &*std::ptr::from_ref(&self.0).cast() }
    }

    /// An object of PyO3's.
    #[inline]
    pub fn from_bound(object: Bound<'_, PyAny>) -> Self {
        // SAFETY: a `Bound` is never null, and gives its reference away.
        unsafe { Self(NonNull::new_unchecked(object.into_ptr())) }
    }

    #[inline]
    pub fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Where the object is, as a number.
    #[inline]
    pub fn address(&self) -> usize {
        self.as_ptr().addr()
    }

    /// Whether anyone holds the object beyond the `own` references that the builder knows of.
    ///
    /// Where that cannot be known, the answer is yes.
    #[inline]
    pub fn is_shared(&self, own: isize) -> bool {
        !(shortcuts::taken() && counts::are_at_most(own, self))
    }

    /// Whether there is a weak reference to it, by which it may come into other hands at any time.
    #[inline]
    pub fn is_watched(&self) -> bool {
        // SAFETY: attached; the object lives, and its type says where the first of them stands, if
        // there can be any.
        unsafe {
            let offset = (*ffi::Py_TYPE(self.as_ptr())).tp_weaklistoffset;
            offset != 0 && !self.as_ptr().byte_offset(offset).cast::<*mut ()>().read().is_null()
        }
    }
}

#[inline]
pub fn none(_: Python<'_>) -> Ref {
    // SAFETY: the singleton lives as long as the interpreter.
    unsafe { Ref(NonNull::new_unchecked(ffi::Py_NewRef(ffi::Py_None()))) }
}

#[inline]
pub fn boolean(_: Python<'_>, value: bool) -> Ref {
    // SAFETY: the singletons live as long as the interpreter.
    unsafe {
        let pointer = if value { ffi::Py_True() } else { ffi::Py_False() };
        Ref(NonNull::new_unchecked(ffi::Py_NewRef(pointer)))
    }
}

#[inline]
pub fn integer(_: Python<'_>, value: i64) -> Result<Ref, Failed> {
    // SAFETY: attached; the result is new or null.
    Ref::from_new(unsafe { ffi::PyLong_FromLongLong(value) })
}

#[inline]
pub fn float(_: Python<'_>, value: f64) -> Result<Ref, Failed> {
    // SAFETY: attached; the result is new or null.
    Ref::from_new(unsafe { ffi::PyFloat_FromDouble(value) })
}

#[inline]
fn check(status: std::ffi::c_int) -> Result<(), Failed> {
    if status == 0 { Ok(()) } else { Err(Failed) }
}

/// The `int` of a few digits, fewer than any interpreter's limit.
pub fn integer_of_digits(_: Python<'_>, digits: &str) -> Result<Ref, Failed> {
    let mut text = Vec::with_capacity(digits.len() + 1);
    text.extend_from_slice(digits.as_bytes());
    text.push(0);
    // SAFETY: attached; the text ends with a zero byte.
    Ref::from_new(unsafe { ffi::PyLong_FromString(text.as_ptr().cast(), std::ptr::null_mut(), 10) })
}

/// An `int` that counts something of ours.
pub fn count(py: Python<'_>, value: usize) -> Result<Ref, Failed> {
    integer(py, i64::try_from(value).unwrap_or(i64::MAX))
}

/// How many elements a container has, of whatever kind.
pub fn size(_: Python<'_>, container: &Ref) -> Result<usize, Failed> {
    // SAFETY: attached; it lives.
    usize::try_from(unsafe { ffi::PyObject_Size(container.as_ptr()) }).map_err(|_| Failed)
}

/// What was made, for `PyO3`.
#[inline]
pub fn bound(py: Python<'_>, made: Result<impl Into<Ref>, Failed>) -> PyResult<Bound<'_, PyAny>> {
    match made {
        Ok(object) => Ok(object.into().into_bound(py)),
        Err(failed) => Err(failed.fetch(py)),
    }
}

/// An exception of class `T`, made here and now.
///
/// `PyO3` makes its own only when they are raised, and aborts where there is no memory to do so.
#[cold]
pub fn exception<T: PyTypeInfo>(py: Python<'_>, message: &str) -> PyErr {
    if let Ok(message) = text(py, message) {
        // SAFETY: attached; both live, and the first is a class of exceptions.
        unsafe { ffi::PyErr_SetObject(T::type_object_raw(py).cast(), message.as_ptr()) };
    }
    Failed.fetch(py)
}

/// What a module has under a name.
#[cold]
pub fn imported(py: Python<'_>, module: &CStr, name: &CStr) -> PyResult<Py<PyAny>> {
    // SAFETY: attached; both texts end with a zero byte, and the module lives.
    let object = unsafe {
        Ref::from_new(ffi::PyImport_ImportModule(module.as_ptr())).and_then(|module| {
            Ref::from_new(ffi::PyObject_GetAttrString(module.as_ptr(), name.as_ptr()))
        })
    };
    bound(py, object).map(Bound::unbind)
}

/// Sets an attribute of an object.
#[cold]
pub fn set_attribute(
    object: &Bound<'_, PyAny>,
    name: &CStr,
    value: &Bound<'_, PyAny>,
) -> Result<(), Failed> {
    // SAFETY: attached; both live, and the text ends with a zero byte.
    check(unsafe { ffi::PyObject_SetAttrString(object.as_ptr(), name.as_ptr(), value.as_ptr()) })
}

/// A `tuple` of exactly these.
pub fn tuple(_: Python<'_>, values: impl ExactSizeIterator<Item = Ref>) -> Result<Ref, Failed> {
    let length = values.len().cast_signed();
    // SAFETY: attached; every slot of the new tuple is filled before anything else runs, as in
    // [`List::of`].
    unsafe {
        let tuple = Ref::from_new(ffi::PyTuple_New(length))?;
        for (i, value) in (0..length).zip(values) {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), i, value.into_ptr());
        }
        Ok(tuple)
    }
}

/// What a call of `callable` with these arguments returns.
pub fn call<const N: usize>(
    py: Python<'_>,
    callable: &Bound<'_, PyAny>,
    arguments: [Ref; N],
) -> Result<Ref, Failed> {
    let arguments = tuple(py, arguments.into_iter())?;
    // SAFETY: attached; both live.
    Ref::from_new(unsafe { ffi::PyObject_CallObject(callable.as_ptr(), arguments.as_ptr()) })
}

/// What a call returns: the last arguments are keyword arguments, whose names are in the tuple
/// `names`.
#[inline]
pub fn vectorcall<const N: usize>(
    _: Python<'_>,
    callable: &Ref,
    arguments: [&Ref; N],
    names: Option<&Ref>,
) -> Result<Ref, Failed> {
    let keywords = match names {
        // SAFETY: attached; it lives. If it is no tuple, that is an error, not a crash.
        Some(names) => {
            usize::try_from(unsafe { ffi::PyTuple_Size(names.as_ptr()) }).map_err(|_| Failed)?
        }
        None => 0,
    };
    let count = N.checked_sub(keywords).expect("an argument for each name");
    let names = names.map_or(std::ptr::null_mut(), Ref::as_ptr);
    let arguments = arguments.map(Ref::as_ptr);
    // SAFETY: attached; everything lives, and there are `count` arguments and one for each name.
    Ref::from_new(unsafe {
        ffi::PyObject_Vectorcall(callable.as_ptr(), arguments.as_ptr(), count, names)
    })
}

/// `bytes` of these.
#[inline]
pub fn bytes(_: Python<'_>, bytes: &[u8]) -> Result<Ref, Failed> {
    // SAFETY: attached; the pointer and the length are a slice's.
    Ref::from_new(unsafe {
        ffi::PyBytes_FromStringAndSize(bytes.as_ptr().cast(), bytes.len().cast_signed())
    })
}

/// An empty `set`.
#[inline]
pub fn set(_: Python<'_>) -> Result<Ref, Failed> {
    // SAFETY: attached.
    Ref::from_new(unsafe { ffi::PySet_New(std::ptr::null_mut()) })
}

#[inline]
pub fn set_copy(_: Python<'_>, set: &Ref) -> Result<Ref, Failed> {
    // SAFETY: attached; the set lives.
    Ref::from_new(unsafe { ffi::PySet_New(set.as_ptr()) })
}

#[inline]
pub fn set_add(set: &Ref, key: &Ref) -> Result<(), Failed> {
    // SAFETY: attached; both live.
    check(unsafe { ffi::PySet_Add(set.as_ptr(), key.as_ptr()) })
}

#[inline]
pub fn set_contains(set: &Ref, key: &Ref) -> Result<bool, Failed> {
    // SAFETY: attached; both live.
    match unsafe { ffi::PySet_Contains(set.as_ptr(), key.as_ptr()) } {
        -1 => Err(Failed),
        found => Ok(found == 1),
    }
}

/// An instance of a class written in Python, with nothing in it: no code of the class runs.
#[inline]
pub fn blank_instance(class: &Ref) -> Result<Ref, Failed> {
    // SAFETY: attached; `class` is a class (a plan says so) of plain layout, of which this is what
    // `object.__new__` calls.
    Ref::from_new(unsafe { ffi::PyType_GenericAlloc(class.as_ptr().cast(), 0) })
}

/// Sets the `__dict__` of an instance.
#[inline]
pub fn set_dict(instance: &Ref, dict: &Dict) -> Result<(), Failed> {
    // SAFETY: attached; both live. An instance without a place for it is an error, not a crash.
    check(unsafe {
        ffi::PyObject_GenericSetDict(instance.as_ptr(), dict.as_ptr(), std::ptr::null_mut())
    })
}

/// Sets a slot of an instance by its descriptor, past any `__setattr__`.
#[inline]
pub fn set_slot(descriptor: &Ref, instance: &Ref, value: &Ref) -> Result<(), Failed> {
    // SAFETY: attached; all live. A descriptor checks that the instance is one of its class.
    unsafe {
        match (*ffi::Py_TYPE(descriptor.as_ptr())).tp_descr_set {
            Some(set) => check(set(descriptor.as_ptr(), instance.as_ptr(), value.as_ptr())),
            None => {
                check(ffi::PyObject_SetAttr(instance.as_ptr(), descriptor.as_ptr(), value.as_ptr()))
            }
        }
    }
}
