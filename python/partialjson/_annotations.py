"""Type annotations to plans: what is read of a type, once, and only from what is public."""

from __future__ import annotations

import collections.abc
import dataclasses
from functools import partial
from itertools import chain
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NewType,
    TypeVar,
    cast,
    get_args,
    get_origin,
)

import typing_extensions
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, RootModel

from partialjson._cells import cell_of, lock
from partialjson._config import (
    changes_text,
    config_of_values,
    inherits_config,
    is_named_tuple,
    is_shaped,
    own_config,
)
from partialjson._fields import (
    has_own_schema,
    keys_of,
    metadata_of,
    others_of,
    reached_by,
    shape_of,
    stand_in,
)
from partialjson._leaves import (
    SAME_IN_JSON,
    has_enum,
    is_settled,
    is_transparent,
    is_validated_again,
    literals_of,
    max_length_of,
    mode_of,
    same_kinds,
    scalar_leaf,
    takes_what_is_equal,
    validator_if_any,
    validator_of,
)
from partialjson._makings import lost_keys, makers_of_tuple, makings_of, needs_text
from partialjson._metadata import (
    alias_of,
    has_flag,
    is_left_to_right,
    is_one_of,
    is_told,
    mentions,
    parts_of,
    peeled,
)
from partialjson._names import Names
from partialjson._partial import (
    Required,
    Whole,
    is_class,
    is_model,
    is_union,
    partial_class,
    resolved,
    root_maker,
    whole_type,
)
from partialjson._partialjson import Program
from partialjson._plan import (
    AnyPlan,
    ArrayPlan,
    FieldPlan,
    LeafPlan,
    Mode,
    ObjectPlan,
    Plan,
    TablePlan,
    TaggedPlan,
    TextPlan,
    UnionPlan,
    WrapPlan,
    nests,
    wrapped,
)
from partialjson._unions import (
    has_any,
    kinds_of,
    mode_of_union,
    shaped_members,
    tag_of,
    tag_values,
    union_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from partialjson._fields import Shape

_SEQUENCES: dict[Any, Any] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: list,
}
_MISFITS: dict[Any, str] = {
    list: "list_type",
    tuple: "tuple_type",
    set: "set_type",
    frozenset: "frozen_set_type",
}
_MAPPINGS = {dict, collections.abc.Mapping, collections.abc.MutableMapping}


def plan_of(type_: Any) -> Plan:
    """The plan of a type that `pydantic.TypeAdapter` takes. A model's is made once.

    Raises PydanticUndefinedAnnotation where a model refers to a name that is not defined.
    """
    return _Reader(None, ConfigDict()).read(type_)


def program_of(model: type[BaseModel]) -> Program:
    """The plan of a model, compiled once. Raises PydanticUserError where it is not defined yet."""
    cell = cell_of(model)
    if cell.program is None:
        # Raises where a name is not defined yet: what is read until then must not be kept.
        _ = model.__pydantic_validator__.title
        cell.program = Program(plan_of(model))
    return cell.program


def _plan_of_object(type_: Any, inherited: ConfigDict) -> Plan:
    """The plan of a model, dataclass or typed dictionary. That of a model is kept."""
    kept = cell_of(type_) if is_model(type_) else None
    if kept is not None and kept.plan is not None:
        return cast("ObjectPlan", kept.plan)
    if is_model(type_):
        # Before the lock is taken, since Pydantic takes one of its own for this.
        type_.model_rebuild()
    with lock:
        if kept is not None and kept.plan is not None:
            return cast("ObjectPlan", kept.plan)
        # Without a configuration of its own, a type is another one in each that it is in.
        key = type_, id(inherited) if inherited and inherits_config(type_) else None
        if key in _unfinished:
            return _unfinished[key]
        outermost = not _unfinished
        plan = _unfinished[key] = object.__new__(ObjectPlan)
        try:
            _fill(plan, type_, inherited)
            if outermost:
                # What refers to each other is ready together or not at all.
                for (each, _), its_plan in _unfinished.items():
                    if is_model(each):
                        cell_of(each).plan = its_plan
        finally:
            if outermost:
                _unfinished.clear()
    return plan


_unfinished: dict[tuple[Any, int | None], ObjectPlan] = {}


def _fill(plan: ObjectPlan, type_: Any, inherited: ConfigDict) -> None:
    shape = shape_of(type_, inherited)
    reader = _Reader(type_, shape.config)
    fields = _read_fields(reader, shape)
    extra = shape.config.get("extra") or "ignore"
    others = reader.read(others_of(type_)) if extra == "allow" else AnyPlan()
    if is_model(type_):
        validator: Any = type_.__pydantic_validator__
    else:
        if dataclasses.is_dataclass(get_origin(type_) or type_):
            # A strict dataclass takes an object of JSON, but no dictionary.
            reader.note(Mode.LAX)
        validator = validator_of(type_, inherited)
    lost = () if is_model(type_) or extra != "allow" else lost_keys(shape, fields)
    ObjectPlan.__init__(
        plan,
        leaf=LeafPlan(validator, reader.mode),
        fields=(*fields, *lost),
        reached=tuple(chain.from_iterable(map(reached_by, shape.fields.values()))),
        others=others,
        extra=extra,
        mode=Mode.NEVER if needs_text(shape, fields) else reader.mode,
        nests=any(nests(field.plan) for field in fields),
        certain=shape.seen_raw() is not None,
        loc_by_alias=shape.config.get("loc_by_alias", True),
        **makings_of(type_, shape),
    )


def _read_fields(reader: _Reader, shape: Shape) -> list[FieldPlan]:
    raw = shape.seen_raw()
    fields: list[FieldPlan] = []
    for name, info in shape.fields.items():
        metadata = metadata_of(info)
        keys = keys_of(name, info, shape.config)
        required = is_one_of(Required, metadata)
        reader.sees_raw = raw is None or name in raw
        reader.is_told = False
        plan = reader.read(info.annotation, metadata)
        # `plan` validates the value of one key, and knows nothing of what is around it.
        is_alone = len(keys) == 1 and not reached_by(info)
        certain = is_alone and not reader.sees_raw and not reader.is_told
        fields.append(FieldPlan(name, keys, plan, certain, required))
    return fields


class _Reader:
    """Reads the annotations of one type of objects, or one annotation that stands alone."""

    def __init__(self, owner: Any, config: ConfigDict, names: Names | None = None) -> None:
        self._owner = owner
        self._strict = bool(config.get("strict"))
        self._changes_text = changes_text(config)
        self._counts_as_text = bool(config.get("coerce_numbers_to_str"))
        self._has_raw_enums = bool(config.get("use_enum_values"))
        self._whole_config = config
        self._config = config_of_values(config)
        self._names = Names() if names is None else names
        self.mode = Mode.ALWAYS
        """When everything that was read is the same in Python as in JSON."""
        self.sees_raw = False
        """Whether a validator sees the JSON of what is read before its type does."""
        self.is_told = False
        """Whether a validator of what is read is told what is around it."""

    def read(self, annotation: Any, metadata: tuple[Any, ...] = ()) -> Plan:
        """The plan of `annotation`, with the metadata of an ``Annotated`` around it."""
        annotation = whole_type(resolved(annotation, self._owner))
        if get_origin(annotation) is Annotated:
            inner, *more = get_args(annotation)
            return self.read(inner, (*more, *metadata))
        if isinstance(annotation, NewType):
            return self.read(annotation.__supertype__, metadata)
        alias = alias_of(annotation)
        if alias is not None:
            return self._named(annotation, metadata, partial(self.read, alias[1], metadata))
        if isinstance(annotation, TypeVar):
            return self.read(stand_in(annotation), metadata)
        self.is_told |= is_told(annotation, metadata)
        if is_one_of(Whole, metadata):
            return self._leaf(annotation, metadata)
        plan = self._read_type(annotation, metadata)
        if any(isinstance(each, BeforeValidator) for each in metadata):
            self.note(Mode.NEVER)
            if not isinstance(plan, AnyPlan | LeafPlan | TextPlan):
                leaf = self._leaf(annotation, metadata)
                return wrapped(plan, None, leaf, Mode.NEVER, mends=True)
        return plan

    def _read_type(self, annotation: Any, metadata: tuple[Any, ...]) -> Plan:
        """The plan of a type that is no name for another one."""
        tag = tag_of(metadata) if is_union(annotation) else None
        # A discriminator changes the schema, too, but how it does so is known here.
        others = (each for each in metadata if tag is None or tag_of((each,)) is None)
        if not all(map(is_transparent, others)):
            return self._leaf(annotation, metadata)
        if tag is not None:
            return self._tagged(annotation, metadata, tag)
        if annotation is str:
            return self._text(metadata)
        if is_one_of(annotation, (Any, object)):
            return AnyPlan()
        if is_class(annotation, RootModel):
            return self._root(annotation, metadata)
        if is_shaped(annotation) and annotation is not BaseModel:
            return self._object(annotation, metadata)
        if is_named_tuple(annotation):
            read = partial(self._named_tuple, annotation, metadata)
            return self._named(annotation, metadata, read)
        if is_union(annotation):
            return self._union(annotation, metadata)
        kind = get_origin(annotation) or annotation
        if kind in _SEQUENCES:
            return self._sequence(annotation, kind, metadata)
        if kind in _MAPPINGS:
            key, value = get_args(annotation) or (str, Any)
            return TablePlan(self._key(key), self.read(value))
        return self._leaf(annotation, metadata)

    def _named(self, name: Any, metadata: tuple[Any, ...], read: Callable[[], Plan]) -> Plan:
        """The plan of what stands behind a name, the same one for all uses of it."""

        def alone() -> tuple[Plan, Mode, bool]:
            before = self.mode, self.is_told
            self.mode, self.is_told = Mode.ALWAYS, False
            try:
                return read(), self.mode, self.is_told
            finally:
                self.mode, self.is_told = before

        found = self._names.once(name, (self._owner, self.sees_raw, *metadata), alone)
        if found is None:
            # What refers to itself by name alone shows when it is complete.
            return self._leaf(name, metadata)
        plan, mode, is_told = found
        self.mode = min(self.mode, mode)
        self.is_told |= is_told
        return plan

    def note(self, mode: Mode, metadata: tuple[Any, ...] = ()) -> Mode:
        """Lower `self.mode` to `mode`, or to what the configuration makes of that; returns it."""
        if mode is Mode.LAX and (self._strict or has_flag(metadata, "strict")):
            mode = Mode.NEVER
        if self._counts_as_text or has_flag(metadata, "coerce_numbers_to_str"):
            # 2.0 is "2" in JSON, and "2.0" in Python.
            mode = Mode.NEVER
        self.mode = min(self.mode, mode)
        return mode

    def _object(self, type_: Any, metadata: tuple[Any, ...]) -> Plan:
        origin = get_origin(type_) or type_
        own = own_config(origin)
        config = self._whole_config if own is None else own
        if is_validated_again(type_, config):
            self.note(Mode.NEVER)
        if not _is_made_of_python(origin):
            return self._leaf(type_, metadata)
        try:
            return _plan_of_object(type_, self._whole_config)
        except NameError:
            # A dataclass or typed dictionary in a function refers to a name that is only there.
            return self._leaf(type_, metadata)

    def _root(self, model: type[RootModel[Any]], metadata: tuple[Any, ...]) -> Plan:
        def read() -> tuple[Plan, Mode]:
            model.model_rebuild()
            info = model.model_fields["root"]
            reader = _Reader(model, model.model_config, self._names)
            return reader.read(info.annotation, metadata_of(info)), reader.mode

        # What it is in, and is told in other ways, changes nothing of what its root is.
        inner, mode = self._names.once(model, (), read) or (None, Mode.NEVER)
        if inner is None or isinstance(inner, LeafPlan | AnyPlan):
            # So does what is a root of itself: it shows when it is complete.
            return self._leaf(model, metadata)
        mends = shape_of(model, model.model_config).seen_raw() != set()
        if mends:
            mode = Mode.NEVER
        # What the metadata asks for is done with what it is in.
        leaf = self._leaf_apart(model)
        self.mode = min(self.mode, mode)
        if is_validated_again(model, model.model_config):
            self.note(Mode.NEVER)
        return wrapped(inner, root_maker(partial_class(model)), leaf, mode, mends=mends)

    def _named_tuple(self, type_: Any, metadata: tuple[Any, ...]) -> Plan:
        origin = get_origin(type_) or type_
        if has_own_schema(origin):
            self.note(Mode.NEVER)
            return self._leaf(type_, metadata)
        try:
            shape = shape_of(type_, self._whole_config)
        except NameError:
            return self._leaf(type_, metadata)
        # As of a root model.
        leaf = self._leaf_apart(type_)
        infos = shape.fields.values()
        plans = tuple(self.read(info.annotation, metadata_of(info)) for info in infos)
        defaults = {name: origin._field_defaults.get(name) for name in origin._fields}
        of_elements, of_fields = makers_of_tuple(origin, defaults)
        fields = tuple(
            FieldPlan(name, keys_of(name, info, shape.config), plan, certain=True, required=False)
            for (name, info), plan in zip(shape.fields.items(), plans, strict=True)
        )
        any_nests = any(map(nests, plans))
        by_place = ArrayPlan(plans, None, misfit="tuple_type")
        by_name = ObjectPlan(
            leaf, fields, (), AnyPlan(), "ignore", self.mode, nests=any_nests, certain=True
        )
        mode = self.mode
        if is_validated_again(type_, self._whole_config):
            self.note(Mode.NEVER)
        return UnionPlan(
            None,
            WrapPlan(by_place, of_elements, leaf, any_nests, mode, mends=False),
            WrapPlan(by_name, of_fields, leaf, any_nests, mode, mends=False),
            leaf,
            alone=True,
        )

    def _tagged(self, annotation: Any, metadata: tuple[Any, ...], tag: str) -> Plan:
        """A union of objects of which the field `tag` tells which one it is."""
        choices: dict[str, tuple[Plan, str | int]] = {}
        keys: list[str] = []
        for member in get_args(annotation):
            if member is NoneType:
                continue
            while isinstance(member, NewType):
                member = member.__supertype__
            plan = self.read(member)
            around = getattr(member, "__metadata__", ())
            after = any(isinstance(each, AfterValidator) for each in around)
            if isinstance(plan, TaggedPlan) and tag_of(around) == tag and not after:
                # Of a union in a union that the same field tells, Pydantic makes one.
                keys += plan.tags
                choices.update(plan.choices)
                continue
            for shaped in shaped_members(member):
                shape = shape_of(shaped, self._whole_config)
                info = shape.fields.get(tag)
                values = None if info is None else tag_values(info.annotation)
                if info is None or values is None:
                    return self._leaf(annotation, metadata)
                keys += keys_of(tag, info, shape.config)
                choices.update((text, (plan, value)) for text, value in values.items())
            if not isinstance(plan, ObjectPlan | TaggedPlan | WrapPlan):
                return self._leaf(annotation, metadata)
        # Pydantic reads the tag of a whole model as it reads that of an object.
        leaf = self._leaf_apart(annotation, metadata)
        return TaggedPlan(tuple(dict.fromkeys(keys)), choices, leaf)

    def _text(self, metadata: tuple[Any, ...]) -> TextPlan:
        return TextPlan(self._leaf(str, metadata), not metadata and not self._changes_text)

    def _sequence(self, annotation: Any, kind: Any, metadata: tuple[Any, ...]) -> Plan:
        args = get_args(annotation)
        make = _SEQUENCES[kind]
        if make is tuple and args and args[-1] is not Ellipsis:
            if any(get_origin(each) is typing_extensions.Unpack for each in args):
                return self._leaf(annotation, metadata)
            first = tuple(self.read(each) for each in args)
            return ArrayPlan(first, None, make, misfit=_MISFITS[make])
        element = self.read(args[0]) if args else AnyPlan()
        if make in (set, frozenset):
            if not _is_hashable(element):
                return self._leaf(annotation, metadata)
            # Of equal elements Pydantic counts one.
            return ArrayPlan((), element, make, misfit=_MISFITS[make])
        dress = None if make is list else make
        most = max_length_of(args[0] if args else Any, metadata)
        return ArrayPlan((), element, dress, most, _MISFITS[make])

    def _key(self, annotation: Any) -> Any:
        if annotation is str and not self._changes_text:
            return None
        if not is_settled(annotation, (), self._whole_config):
            self.note(Mode.NEVER)
        return self._leaf_apart(dict[annotation, None]).validator

    def _union(self, annotation: Any, metadata: tuple[Any, ...]) -> Plan:
        args = get_args(annotation)
        members = [self.read(each) for each in args]
        mode = mode_of_union(args, members)
        if has_any(members):
            return self._union_with_any(annotation, metadata, mode)
        leaf = self._leaf(annotation, metadata, mode)
        if is_left_to_right(metadata):
            self.note(Mode.NEVER)
            return leaf
        kinds = [kinds_of(plan, each) for plan, each in zip(members, args, strict=True)]
        counted = {"array", "mapping"}
        if any(isinstance(each, WrapPlan) for each in members):
            # It may be a root model of a text.
            counted.add("text")
        taken = [*chain.from_iterable(each & counted for each in kinds)]
        is_mixed = len(taken) > len(set(taken))
        if is_mixed and not is_settled(annotation, metadata, self._whole_config):
            # Two members take the same kind: which of them gets a value may depend on whether it
            # comes from Python or from JSON.
            self.note(Mode.NEVER)
        one = sum(each is not NoneType for each in args) == 1
        return union_of(members, kinds, leaf, free=not metadata, alone=one)

    def _union_with_any(self, annotation: Any, metadata: tuple[Any, ...], mode: Mode) -> Plan:
        """The plan of a union of which `Any` is a member."""
        self.note(mode)
        args = get_args(annotation)
        # Another member may change the value, such as 1 to 1.0. It shows when that is known.
        changes = mentions(annotation, float) or takes_what_is_equal(args)
        if mode is Mode.ALWAYS and not changes:
            return AnyPlan()
        leaf = self._leaf(annotation, metadata, mode)
        if mode is Mode.ALWAYS and all(get_origin(each) in (None, Literal) for each in args):
            # Only scalars are changed: what grows stays as it is, whichever member takes it.
            return UnionPlan(AnyPlan(), AnyPlan(), AnyPlan(), leaf, alone=False)
        return leaf

    def _leaf_apart(self, annotation: Any, metadata: tuple[Any, ...] = ()) -> LeafPlan:
        """The leaf of a type whose parts have been read: `mode` follows from those alone."""
        before = self.mode
        leaf = self._leaf(annotation, metadata)
        self.mode = before
        return leaf

    def _leaf(
        self, annotation: Any, metadata: tuple[Any, ...], mode: Mode | None = None
    ) -> LeafPlan:
        if not all(map(is_transparent, metadata)):
            mode = Mode.NEVER
        mode = mode_of(annotation) if mode is None else mode
        settled = not self.sees_raw and is_settled(annotation, metadata, self._whole_config)
        if self._has_raw_enums and is_union(peeled(annotation)[0]) and has_enum(annotation):
            # The value of an enum may be what another member takes.
            settled, mode = False, Mode.NEVER
        if not settled:
            mode = self.note(mode, metadata)
        config = self._whole_config if inherits_config(annotation) else self._config
        shaped = any(is_shaped(each) for each, _ in parts_of(annotation))
        if metadata or config:
            if metadata:
                annotation = Annotated[(annotation, *metadata)]
            validator = validator_if_any(annotation, config)
            return LeafPlan(validator, mode, settled=settled, nests=shaped)
        if is_one_of(annotation, SAME_IN_JSON):
            return scalar_leaf(annotation, settled=settled)
        same, literals = same_kinds(annotation), literals_of(annotation)
        validator = validator_if_any(annotation, config)
        return LeafPlan(validator, mode, same, literals, settled, shaped)


def _is_made_of_python(type_: type) -> bool:
    """Whether no class in it is compiled, so that an instance is made without running its code."""
    is_heap_type = 1 << 9
    classes = (each for each in type_.__mro__ if each not in (object, dict))
    return all(each.__flags__ & is_heap_type for each in classes)


def _is_hashable(element: Plan) -> bool:
    """Whether what an element shows can be in a set."""
    return isinstance(element, TextPlan) or (
        isinstance(element, LeafPlan) and element.mode is not Mode.NEVER
    )
