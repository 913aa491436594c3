-- Indexes of stored relations: what they are, whatever they are named, and how those that are
-- declared beside a model (`models/ledger/interaction_ledger.yml`) are kept. Run before
-- `loaders/upgrades.sql`, which compares and copies them; every statement may run again.

create or replace function raw.indexes_of(relation oid) returns table (index_id oid, definition text)
language sql stable as $$
    select
        idx.indexrelid,
        case when idx.indisunique then 'unique ' else '' end
        || regexp_replace(pg_get_indexdef(idx.indexrelid), '^.*? USING ', '')
    from pg_catalog.pg_index as idx
    where
        idx.indrelid = relation
        and not exists (select from pg_catalog.pg_constraint where conindid = idx.indexrelid)
$$;
comment on function raw.indexes_of(oid) is 'Indexes of a table that are no constraints, and what they are, whatever they are named.';

create or replace function raw.copy_indexes(old oid, fresh oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    missing record;
begin
    for missing in
        select pg_get_indexdef(was.index_id) as statement
        from raw.indexes_of(old) as was
        where not exists (
            select from raw.indexes_of(fresh) as now where now.definition = was.definition
        )
    loop
        begin
            execute regexp_replace(
                missing.statement, ' ON (ONLY )?[^ ]+ USING ', format(' ON %s USING ', fresh::regclass)
            );
        exception when undefined_column then
            continue;  -- of a column that is gone
        end;
    end loop;
end $$;
comment on function raw.copy_indexes(oid, oid) is 'Gives a table the indexes of another that it does not have.';

create or replace function raw.exchange_index(relation regclass, old regclass, draft text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    of_schema text;
    old_name text;
begin
    select nsp.nspname, cls.relname into of_schema, old_name
    from pg_class as cls
    inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
    where cls.oid = old;
    for attempt in 1..50 loop -- readers win, as in raw.take_place
        begin
            set local lock_timeout = '100ms';
            execute format('drop index %s', old);
            if draft is not null then
                execute format('alter index %I.%I rename to %I', of_schema, draft, old_name);
            end if;
            set local lock_timeout = 0;
            return;
        exception when lock_not_available or deadlock_detected then
            perform pg_sleep(0.1);
        end;
    end loop;
    raise exception 'the index % of % has to change, but somebody has been reading it for long',
        old_name, relation
        using hint = 'Nothing was changed; run again when that has ended.';
end $$;
comment on function raw.exchange_index(regclass, regclass, text) is 'Drops an index of a relation; where there is a draft, it takes the name.';

create or replace function raw.is_index_of(relation regclass, index_id oid, definition text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    probe regclass;
    is_same boolean;
begin
    -- of the same name, for an expression may say it
    execute format(
        'create temporary table %I (like %s)',
        (select relname from pg_class where oid = relation), relation
    );
    probe := format('pg_temp.%I', (select relname from pg_class where oid = relation))::regclass;
    perform raw.create_index(probe, 'probe', definition);
    is_same := (
        select had.definition from raw.indexes_of(relation) as had where had.index_id = is_index_of.index_id
    ) = (select made.definition from raw.indexes_of(probe) as made);
    execute format('drop table %s', probe);
    return is_same;
end $$;
comment on function raw.is_index_of(regclass, oid, text) is 'Whether an index is what a definition makes, however either is written.';

create or replace function raw.create_index(relation regclass, index_name text, definition text) returns void
language plpgsql as $$
begin
    execute format(
        'create %s index %I on %s %s',
        case when definition like 'unique %' then 'unique' end,
        index_name, relation, regexp_replace(definition, '^unique ', '')
    );
end $$;
comment on function raw.create_index(regclass, text, text) is 'Makes an index; the definition is its columns and condition, behind the word unique where it is.';

create or replace function raw.keep_indexes(relation regclass, declared text []) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    mark constant text := 'Kept by the project: ';
    of_schema text := (
        select nsp.nspname
        from pg_class as cls
        inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
        where cls.oid = relation
    );
    wanted record;
    stray record;
begin
    for wanted in
        select
            dcl.index_name,
            dcl.definition,
            to_regclass(format('%I.%I', of_schema, dcl.index_name)) as existing
        from (
            select declared[place][1] as index_name, declared[place][2] as definition
            from generate_subscripts(declared, 1) as place
        ) as dcl
        where
            obj_description(to_regclass(format('%I.%I', of_schema, dcl.index_name)), 'pg_class')
            is distinct from mark || dcl.definition
    loop
        if wanted.existing is null then
            perform raw.create_index(relation, wanted.index_name, wanted.definition);
        elsif not raw.is_index_of(relation, wanted.existing, wanted.definition) then
            perform raw.create_index(relation, wanted.index_name || '_new', wanted.definition);
            perform raw.exchange_index(relation, wanted.existing, wanted.index_name || '_new');
            perform raw.note_change(relation::text, format('its index %s was rebuilt', wanted.index_name));
        end if;
        execute format(
            'comment on index %I.%I is %L', of_schema, wanted.index_name, mark || wanted.definition
        );
    end loop;
    for stray in
        select cls.oid as index_id, cls.relname as index_name
        from raw.indexes_of(relation) as ind
        inner join pg_class as cls on ind.index_id = cls.oid
        where
            starts_with(obj_description(cls.oid, 'pg_class'), mark)
            and cls.relname not in (
                select declared[place][1] from generate_subscripts(declared, 1) as place
            )
    loop
        perform raw.exchange_index(relation, stray.index_id, null);
        perform raw.note_change(
            relation::text,
            format('its index %s is no longer a part of the project; dropped', stray.index_name)
        );
    end loop;
end $$;
comment on function raw.keep_indexes(regclass, text []) is 'Gives a relation the declared indexes, pairs of name and definition: those that are missing or otherwise are made, those that an earlier run made and nobody declares any more are dropped. Others'' are left.';
