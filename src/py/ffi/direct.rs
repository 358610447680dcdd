//! Calls that reach us past PyO3's reading of arguments, where there is nothing to read.
//!
//! To PyO3 every call may have keywords, and every object is made by a chain of calls. CPython,
//! told that a method takes one argument or none, hands over just that, and calls a class as it
//! calls a function. What PyO3 made stays: it is the safe twin, and takes all calls that are not so
//! simple.
//!
//! Of PyO3 this uses the trampolines that its own macros use, which are not for others by its
//! rules: that is why `Cargo.toml` names one version of it.

use std::ffi::c_int;
use std::ptr::null_mut;

use pyo3::impl_::trampoline::{MethodDef, binaryfunc, fastcall_cfunction_with_keywords};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::PyDict;
use pyo3::{PyClass, PyClassInitializer, ffi};

use super::again::{self, Again};
use super::{Dict, Failed, Ref, bound, fetch_all, tuple};

/// A method of one argument.
pub trait OfOne {
    type Class: PyClass<Frozen = True> + Sync;
    const NAME: &str;
    fn call<'py>(this: &Self::Class, of: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>;
}

/// Names such a method of a class.
macro_rules! of_one {
    ($marker:ident, $class:ty, $method:ident) => {
        struct $marker;

        impl $crate::py::ffi::direct::OfOne for $marker {
            type Class = $class;
            const NAME: &str = stringify!($method);

            #[inline]
            fn call<'py>(
                this: &$class,
                of: &pyo3::Bound<'py, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                this.$method(of)
            }
        }
    };
}

pub(crate) use of_one;

/// A class that is mostly called without arguments.
pub trait Simple: Again + Into<PyClassInitializer<Self>> {
    fn simplest(py: Python<'_>) -> PyResult<Self>;
}

/// A function that is mostly called with one argument.
pub trait Function {
    fn call<'py>(of: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>;
    /// The function that PyO3 made.
    fn twin(py: Python<'_>) -> PyResult<&Py<PyAny>>;
}

struct One<M>(M);
impl<M: OfOne> MethodDef<binaryfunc::Func> for One<M> {
    const METH: binaryfunc::Func = one::<M>;
}

struct New<T>(T);
impl<T: Simple> MethodDef<fastcall_cfunction_with_keywords::Func> for New<T> {
    const METH: fastcall_cfunction_with_keywords::Func = new::<T>;
}

struct Called<F>(F);
impl<F: Function> MethodDef<fastcall_cfunction_with_keywords::Func> for Called<F> {
    const METH: fastcall_cfunction_with_keywords::Func = called::<F>;
}

/// # Safety
/// Attached; `this` is an instance of the method's class, and both live.
unsafe fn one<M: OfOne>(
    py: Python<'_>,
    this: *mut ffi::PyObject,
    of: *mut ffi::PyObject,
) -> PyResult<*mut ffi::PyObject> {
    // SAFETY: as the caller says.
    let (this, of) = unsafe {
        let this = Borrowed::from_ptr(py, this).cast_unchecked::<M::Class>();
        (this, Borrowed::from_ptr(py, of))
    };
    fetch_all(&this);
    M::call(this.get(), &of).map(Bound::into_ptr)
}

/// # Safety
/// Attached; everything lives, `args` are as many as `count` and `names` say.
unsafe fn new<T: Simple>(
    py: Python<'_>,
    class: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> PyResult<*mut ffi::PyObject> {
    if count == 0 && names.is_null() {
        return Ok(Bound::new(py, T::simplest(py)?)?.into_ptr());
    }
    // SAFETY: as the caller says. A class is called with a tuple, and a dict or null.
    unsafe {
        let (args, keywords) = arguments(py, args, count, names).map_err(|it| it.fetch(py))?;
        let keywords = keywords.as_deref().map_or(null_mut(), Ref::as_ptr);
        let call = ffi::PyType_Type.tp_call.expect("classes are called");
        let made = Ref::from_new(call(class, args.as_ptr(), keywords));
        made.map(Ref::into_ptr).map_err(|failed| failed.fetch(py))
    }
}

/// The same arguments as a tuple and a dict, if there are any by name.
///
/// # Safety
/// As of [`new`].
unsafe fn arguments(
    py: Python<'_>,
    args: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> Result<(Ref, Option<Dict>), Failed> {
    // SAFETY: as the caller says: so many are there, and the tuple has the names of those after
    // them.
    let at = |i| unsafe { Ref::from_new(ffi::Py_NewRef(*args.add(i))) };
    let count = count.unsigned_abs();
    let given = tuple(py, (0..count).map(at).collect::<Result<Vec<_>, _>>()?.into_iter())?;
    if names.is_null() {
        return Ok((given, None));
    }
    let keywords = Dict::new(py)?;
    // SAFETY: as above.
    unsafe {
        for i in 0..ffi::PyTuple_GET_SIZE(names) {
            let name = Ref::from_new(ffi::Py_NewRef(ffi::PyTuple_GET_ITEM(names, i)))?;
            keywords.set(&name, &at(count + i.unsigned_abs())?)?;
        }
    }
    Ok((given, Some(keywords)))
}

/// # Safety
/// As of [`new`].
unsafe fn called<F: Function>(
    py: Python<'_>,
    _: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> PyResult<*mut ffi::PyObject> {
    // SAFETY: as the caller says.
    unsafe {
        if count == 1 && names.is_null() {
            return F::call(&Borrowed::from_ptr(py, *args)).map(Bound::into_ptr);
        }
        let twin = F::twin(py)?.as_ptr();
        let made = Ref::from_new(ffi::PyObject_Vectorcall(twin, args, count.unsigned_abs(), names));
        made.map(Ref::into_ptr).map_err(|failed| failed.fetch(py))
    }
}

/// What CPython calls for `Class(...)`.
///
/// # Safety
/// As of [`new`], where `count` has a flag beside it.
unsafe extern "C" fn new_instance<T: Simple>(
    class: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as the caller says.
    unsafe {
        let count = ffi::PyVectorcall_NARGS(count);
        if count == 0
            && names.is_null()
            && let Some(kept) = again::take::<T>(class)
        {
            return kept;
        }
        fastcall_cfunction_with_keywords::<New<T>>(class, args, count, names)
    }
}

/// Has instances made without a detour where there are no arguments.
pub fn make_simply<T: Simple>(py: Python<'_>) -> PyResult<()> {
    let class = py.get_type::<T>();
    // SAFETY: attached. The class lives for ever, and has no subclasses, which would need another
    // one.
    let place = unsafe { &raw mut (*class.as_type_ptr()).tp_vectorcall };
    // SAFETY: as above; nobody calls the class while it is being imported.
    unsafe { *place = Some(new_instance::<T>) };
    if !class.call0()?.is_exact_instance(&class) {
        // SAFETY: as above.
        unsafe { *place = None };
    }
    Ok(())
}

/// A method of one argument like the one that PyO3 made, called with just that.
pub fn method<M: OfOne>(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let class = py.get_type::<M::Class>();
    let twin = class.getattr(M::NAME)?;
    // SAFETY: attached; a method's descriptor has a definition, which lives as long as the class,
    // like its name and its text. Ours does, too, and the function is one of the kind that the flag
    // says.
    unsafe {
        if ffi::Py_TYPE(twin.as_ptr()) != &raw mut ffi::PyMethodDescr_Type {
            return Ok(twin);
        }
        let call = ffi::PyMethodDefPointer { PyCFunction: binaryfunc::<One<M>> };
        let twin = (*twin.as_ptr().cast::<ffi::PyMethodDescrObject>()).d_method;
        let of = definition(twin, call, ffi::METH_O);
        bound(py, Ref::from_new(ffi::PyDescr_NewMethod(class.as_type_ptr(), of)))
    }
}

/// Puts a method into a class that nobody else can change any more, as CPython's own cannot be:
/// these it calls without asking whether they are as they were.
pub fn put<M: OfOne>(method: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = method.py();
    let class = py.get_type::<M::Class>();
    // SAFETY: attached. The class lives for ever; its methods are in a dict of its own, of which
    // CPython is told that it has changed.
    unsafe {
        let methods = Borrowed::from_ptr(py, (*class.as_type_ptr()).tp_dict);
        methods.cast_unchecked::<PyDict>().set_item(M::NAME, method)?;
        ffi::PyType_Modified(class.as_type_ptr());
    }
    Ok(())
}

/// A function of `module`, called without a detour where there is one argument.
pub fn function<'py, F: Function>(module: &Bound<'py, PyModule>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let twin = F::twin(py)?.bind(py);
    let home = module.name()?;
    // SAFETY: attached; as of [`method`], and the module lives as long as its functions.
    unsafe {
        if ffi::PyCFunction_CheckExact(twin.as_ptr()) == 0 {
            return Ok(twin.clone());
        }
        let call = ffi::PyMethodDefPointer {
            PyCFunctionFastWithKeywords: fastcall_cfunction_with_keywords::<Called<F>>,
        };
        let flags = ffi::METH_FASTCALL | ffi::METH_KEYWORDS;
        let of = definition((*twin.as_ptr().cast::<ffi::PyCFunctionObject>()).m_ml, call, flags);
        bound(py, Ref::from_new(ffi::PyCFunction_NewEx(of, module.as_ptr(), home.as_ptr())))
    }
}

/// A definition that lives for ever, with the name and the text of another.
///
/// # Safety
/// The other lives for ever.
unsafe fn definition(
    twin: *const ffi::PyMethodDef,
    call: ffi::PyMethodDefPointer,
    flags: c_int,
) -> *mut ffi::PyMethodDef {
    // SAFETY: as the caller says.
    let twin = unsafe { *twin };
    Box::into_raw(Box::new(ffi::PyMethodDef { ml_meth: call, ml_flags: flags, ..twin }))
}
