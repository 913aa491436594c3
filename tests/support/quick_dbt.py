"""dbt in this process, without the work whose result no test reads.

Source: dbt's partial parsing, which parses everything again for another server, another port or
        another variable, because any of them might change what is parsed. Here none does:
        `as_of`, `known_at` and `rebuild` are read when a node is executed.
Shape:  a folder of parsed files for each database, prefix of schemas and other variable; no
        events but warnings and errors, unless somebody listens; no manifest in JSON.
Units:  parsing takes about eight seconds; events take a fifth of a build.

What dbt sends to the server is the same. Commands in processes of their own are as they are.
"""

from __future__ import annotations

import functools
import json
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from warehouse import state
from warehouse.connection import Target
from warehouse.project import index_anew
from warehouse.transform import Dbt

READ_LATER = frozenset({"as_of", "known_at", "rebuild"})
UNHEARD = ("debug", "info")
CONSOLE = "stdout_log"  # of `warehouse dbt`; other commands keep dbt quiet
HEARD = "Log"  # how the names begin of what a listener hears that does not say what it `hears`
PARSED = "partial_parse.msgpack"
KEPT = 3  # manifests, each of some ten megabytes


@contextmanager
def quick_dbt() -> Iterator[None]:
    """Make dbt in this process quicker."""
    invoke = Dbt.invoke

    @functools.wraps(invoke)
    def invoke_quickly(dbt: Any, arguments: Sequence[str]) -> Any:
        _patch()
        more = ["--no-write-json"]
        if "--target-path" not in arguments:
            more += ["--target-path", str(_parsed(dbt._target, arguments))]
        return invoke(dbt, [*arguments, *more])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dbt, "invoke", invoke_quickly)
        yield


def _parsed(target: Target, arguments: Sequence[str]) -> Path:
    """Return the folder for what dbt parses; commands in other processes have another one."""
    place = arguments.index("--vars") + 1 if "--vars" in arguments else None
    given = json.loads(arguments[place]) if place is not None else {}
    names = [state.project_root().name, target.dbname, target.prefix]
    names += [str(value) for name, value in sorted(given.items()) if name not in READ_LATER]
    return parsed_folder(names)


def parsed_folder(names: Sequence[str]) -> Path:
    """Return the folder for what dbt parses of a project by these names.

    `names`: the project's folder, then all on which dbt's reading depends besides. A new folder
    begins with what was parsed last of a copy by the same other names: dbt then parses only
    what differs.
    """
    project, *others = names
    named = "-".join(others)
    folder = state.home() / "dbt" / f"parsed-{project}-{named}"
    parsed = folder.parent.glob(f"parsed-*-{named}/{PARSED}")
    if not folder.exists() and (found := max(parsed, key=_changed_at, default=None)):
        folder.mkdir(parents=True)
        shutil.copy(found, folder)
    return folder


def _changed_at(file: Path) -> int:
    return file.stat().st_mtime_ns


@functools.cache
def _patch() -> None:
    """Change dbt once it has been imported, which takes a second."""
    _parse_less()
    _read_once()
    _say_less()
    _make_types_once()
    _compile_templates_once()
    _match_names_first()
    _do_not_look_at_the_stack()
    _make_macros_when_asked()
    _write_no_files()


def _parse_less() -> None:
    """Leave out of dbt's state check what is read later."""
    hashed: Any = import_module("dbt.artifacts.resources").FileHash.from_contents
    loader_class: Any = import_module("dbt.parser.manifest").ManifestLoader
    check = loader_class.build_manifest_state_check

    def check_what_is_parsed(loader: Any) -> Any:
        found = check(loader)
        config = loader.root_project
        variables = {k: v for k, v in config.cli_vars.items() if k not in READ_LATER}
        named = f"{config.credentials.database} {config.credentials.schema}"
        found.vars_hash = hashed(repr(sorted(variables.items())))
        found.profile_hash = hashed(named)
        return found

    loader_class.build_manifest_state_check = check_what_is_parsed


def _read_once() -> None:
    """Take the manifest of an unchanged project from memory; each command gets a copy."""
    loader_class: Any = import_module("dbt.parser.manifest").ManifestLoader
    adapter_of: Any = import_module("dbt.adapters.factory").get_adapter
    read = loader_class.get_full_manifest
    seen: set[object] = set()
    kept: dict[object, bytes] = {}

    def read_once(config: Any, **options: Any) -> Any:
        given = {k: v for k, v in config.cli_vars.items() if k not in READ_LATER}
        credentials = config.credentials
        key = (
            *(credentials.database, credentials.schema, repr(sorted(given.items()))),
            *(config.project_root, _state_of(Path(config.project_root))),
        )
        if key not in kept:
            manifest = read(config, **options)
            if key in seen:  # it comes from dbt's own file, not from parsing
                while len(kept) >= KEPT:
                    del kept[next(iter(kept))]
                kept[key] = pickle.dumps(manifest, pickle.HIGHEST_PROTOCOL)
            seen.add(key)
            return manifest
        manifest = pickle.loads(kept[key])
        index_anew(manifest)
        manifest.build_flat_graph()
        adapter = adapter_of(config)
        adapter.connections.set_query_header(
            import_module("dbt.context.query_header").generate_query_header_context(
                config, manifest
            )
        )
        adapter.set_macro_resolver(manifest)
        return manifest

    loader_class.get_full_manifest = read_once


def _state_of(project: Path) -> int:
    """Return a number that is another one after a change of the project's files."""
    folders = [
        project / name for name in ("models", "macros", "functions", "seeds", "tests/dbt")
    ]
    paths = [path for folder in folders for path in folder.rglob("*")]
    found = [(path, path.stat()) for path in (*paths, project / "dbt_project.yml")]
    return hash(tuple((path, said.st_mtime_ns, said.st_size) for path, said in found))


def _say_less() -> None:
    """Make an event only where somebody hears it."""
    event_class: Any = import_module("dbt_common.events.base_types").BaseEvent
    manager_class: Any = import_module("dbt_common.events.event_manager").EventManager
    own_listener: Any = import_module("dbt.events.logging").track_behavior_change_warn
    make, find = event_class.__init__, event_class.__getattr__
    fire = manager_class.fire_event

    def keep(event: Any, *arguments: Any, **fields: Any) -> None:
        object.__setattr__(event, "_given", (arguments, fields))

    def make_and_find(event: Any, name: str) -> Any:
        if "_given" in event.__dict__:
            arguments, fields = event.__dict__.pop("_given")
            make(event, *arguments, **fields)
            return getattr(event, name)
        return find(event, name)

    def fire_what_is_heard(manager: Any, event: Any, level: Any = None, **more: Any) -> None:
        is_heard = any(logger.name == CONSOLE for logger in manager.loggers) or any(
            type(event).__name__.startswith(getattr(listener, "hears", HEARD))
            for listener in manager.callbacks
            if listener is not own_listener
        )
        if is_heard or (level or event.level_tag()).value not in UNHEARD:
            fire(manager, event, level=level, **more)

    event_class.__init__ = keep
    event_class.__getattr__ = make_and_find
    manager_class.fire_event = fire_what_is_heard


def _make_types_once() -> None:
    """Make the types of a result's columns once for each set of columns of text."""
    agate_helper: Any = import_module("dbt_common.clients.agate_helper")
    make = agate_helper.build_type_tester
    made = functools.cache(make)

    def build(text_columns: Any, string_null_values: Any = ("null", "")) -> Any:
        return made(tuple(sorted(text_columns)), tuple(string_null_values))

    agate_helper.build_type_tester = build
    agate_helper.empty_table = functools.cache(agate_helper.empty_table)


def _compile_templates_once() -> None:
    """Make the code of a template once for each text; it runs in each node's own context."""
    environment_class: Any = import_module("dbt_common.clients.jinja").MacroFuzzEnvironment
    compile_template = environment_class.compile
    compiled: dict[object, Any] = {}

    def compile_once(environment: Any, source: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(source, str):
            return compile_template(environment, source, *arguments, **options)
        generator = environment.code_generator_class
        key = (source, type(environment), generator, arguments, tuple(options.items()))
        if key not in compiled:
            compiled[key] = compile_template(environment, source, *arguments, **options)
        return compiled[key]

    environment_class.compile = compile_once


def _match_names_first() -> None:
    """Look at the relations of one name, where dbt asks every relation of the schema."""
    adapter_class: Any = import_module("dbt.adapters.base").BaseAdapter
    match = adapter_class._make_match

    def match_named(
        adapter: Any, relations: Any, database: str, schema: str, identifier: str
    ) -> Any:
        name = identifier.lower()
        named = [found for found in relations if (found.identifier or "").lower() == name]
        return match(adapter, named, database, schema, identifier)

    adapter_class._make_match = match_named


def _do_not_look_at_the_stack() -> None:
    """Leave out who declared a flag; dbt finds it by reading the sources of all frames."""
    flag_class: Any = import_module("dbt_common.behavior_flags").BehaviorFlagRendered
    flag_class._default_source = staticmethod(lambda: "dbt")


class _Names(dict[str, Any]):
    """Names of macros; what a name stands for is made when somebody asks for it."""

    def __init__(self, names: Mapping[str, object], make: Callable[[str], Any]) -> None:
        super().__init__()
        self._names, self._make = names, make

    def offer(self, names: Mapping[str, object], make: Callable[[str], Any]) -> None:
        """Offer other names, which come before what is there."""
        self._names, self._make = names, make
        for name in dict.keys(self) & names.keys():
            del self[name]

    def __missing__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        made = self[name] = self._make(name)
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter({**self._names, **dict.fromkeys(dict.keys(self))})

    def keys(self) -> Any:
        return list(self)

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default


def _make_macros_when_asked() -> None:
    """Give a node the macros that it uses, of the 900 that it might use."""
    macros: Any = import_module("dbt.context.macros")
    context_class: Any = import_module("dbt.context.manifest").ManifestContext
    configured_class: Any = import_module("dbt.context.configured").ConfiguredContext
    begin, to_dict = context_class._build_namespace, context_class.to_dict

    def build_namespace(builder: Any, by_package: Any, context: Any) -> Any:
        def named(found: Mapping[str, Any]) -> _Names:
            return _Names(
                found,
                lambda name: macros.MacroGenerator(
                    found[name], context, builder.node, builder.thread_ctx
                ),
            )

        order = builder.internal_package_names_order
        own = {name: by_package[name] for name in by_package if name not in order}
        root, searched = builder.root_package, builder.search_package
        internal = {
            name: macro
            for package in reversed(order)
            for name, macro in by_package.get(package, {}).items()
        }
        return macros.MacroNamespace(
            global_namespace=named(own.get(root, {}) if root != searched else {}),
            local_namespace=named(own.get(searched, {})),
            global_project_namespace=named(internal),
            packages={package: named(found) for package, found in own.items()},
        )

    def begin_with_names(context: Any) -> Any:
        context._ctx = _Names({}, lambda name: None)  # its macros see what is added later
        return begin(context)

    def to_dict_of_names(context: Any) -> Any:
        if not isinstance(context.namespace, macros.MacroNamespace):
            return to_dict(context)
        found = configured_class.to_dict(context)
        searched = list(context.namespace._search_order())
        shown = {name: names for names in reversed(searched) for name in names}
        found.offer(shown, lambda name: shown[name][name])
        return found

    context_class._build_namespace = begin_with_names
    macros.MacroNamespaceBuilder.build_namespace = build_namespace
    context_class.to_dict = to_dict_of_names


def _write_no_files() -> None:
    """Leave compiled SQL in memory."""
    node_class: Any = import_module("dbt.contracts.graph.nodes").ParsedNode
    node_class.write_node = lambda node, root, path, code: None
