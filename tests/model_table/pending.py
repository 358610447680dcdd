"""What the contract promises and the code does not do yet, by test and row: none may pass."""

# No parser can be made for these types.
REFUSED = {
    "base64", "generic-recursive", "callable-discriminator",
}  # fmt: skip

PENDING: dict[str, set[str]] = {
    "shows": {
        *REFUSED,
        "generic-without-parameters", "root-model-of-list", "root-model-of-models",
        "root-model-of-dict", "root-model-of-str", "root-model-nested", "tagged",
        "tagged-with-two-tags", "tag-comes-late", "tagged-or-none", "tagged-with-default",
        "list-of-tagged", "tag-with-alias", "tag-that-is-a-number", "tagged-nested",
        "tagged-nested-other", "tagged-recursive", "root-tagged", "leaf-or-self", "dataclass",
        "dataclass-nested", "dataclass-frozen", "dataclass-recursive", "dataclass-post-init",
        "dataclass-inherited", "dataclass-generic", "dataclass-slots", "dataclass-of-pydantic",
        "dataclass-forbid-and-alias", "dataclass-in-a-model", "list-of-dataclasses", "typed-dict",
        "typed-dict-not-total", "typed-dict-required-and-not", "typed-dict-inherited",
        "typed-dict-in-a-model", "named-tuple-of-array", "named-tuple-of-object",
        "root-named-tuple", "collections-namedtuple", "whole-str", "whole-list", "whole-model",
        "whole-any-depth", "whole-items", "whole-with-constraints", "required-at-the-root",
        "required-nested", "required-in-a-list", "whole-and-required", "type-alias-generic",
    },
    "snapshots": REFUSED,
    "cuts": REFUSED,
    "end": REFUSED,
    "strict": REFUSED,
    "broken": {
        *REFUSED,
        "extra-typed",
    },
}  # fmt: skip
