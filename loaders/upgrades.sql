-- Relations that change their shape while others depend on them, as the models' materializations
-- ask for it (`macros/relations/`). Run after `loaders/indexes.sql`; every statement may run again.
--
-- The new relation is made in the schema `upgrade`, where nobody looks. Then, in the same
-- transaction, `raw.take_place` sets aside the views that depend on the old one, drops it, moves
-- the new one into its place and puts the views back. What cannot be put back yet is kept in
-- `raw.set_aside_views` and tried again whenever a relation has been made.

create schema if not exists upgrade;
comment on schema upgrade is 'Where relations are made before they take the place of older ones; empty but within a transaction. [engagement warehouse: raw]';

alter table raw.model_progress add column if not exists logic text;
alter table raw.model_progress add column if not exists definition text;
alter table raw.model_progress add column if not exists kept_for text;
comment on column raw.model_progress.logic is 'Of a stored model: fingerprint of what its rows were made with, itself and the models it reads.';
comment on column raw.model_progress.definition is 'Of a view: its text, to make it again when something that it reads takes another shape.';
comment on column raw.model_progress.kept_for is 'Of a relation that the project no longer has: what depends on it all the same.';

create table if not exists raw.set_aside_views (
    schema_name text not null,
    view_name text not null,
    place bigint generated always as identity,
    is_materialized boolean not null,
    is_ours boolean not null,
    definition text not null,
    options text,
    owner_name text not null,
    privileges jsonb,
    comments jsonb not null,
    additions text [] not null,
    problem text,
    run_seq bigint,
    primary key (schema_name, view_name)
);
comment on table raw.set_aside_views is 'One row per view that an upgrade had to take down and could not put back yet, with all that is needed to do so. is_ours: the project makes it. place: the order in which to make them. additions: its indexes, rules and triggers. problem: why it could not be put back.';

create table if not exists raw.upgrade_notes (
    note_id bigint generated always as identity primary key,
    run_seq bigint,
    relation text not null,
    change text not null,
    noted_at timestamptz not null default clock_timestamp()
);
comment on table raw.upgrade_notes is 'One row per change that an upgrade made to a relation, in words. run_seq: the run that made it; of changes to raw, the run that reported it.';

create or replace function raw.save_logic(of_schema text, of_model text, new_logic text) returns void
language sql as $$
    update raw.model_progress set logic = new_logic, definition = null
    where schema_name = of_schema and model_name = of_model
$$;
comment on function raw.save_logic(text, text, text) is 'Records what a stored model''s rows were made with.';

create or replace function raw.save_definition(of_schema text, of_model text, new_definition text) returns void
language sql as $$
    update raw.model_progress set definition = new_definition, logic = null
    where schema_name = of_schema and model_name = of_model
$$;
comment on function raw.save_definition(text, text, text) is 'Records a view''s text.';

create or replace function raw.note_change(of_relation text, what text) returns void
language sql as $$
    insert into raw.upgrade_notes (run_seq, relation, change)
    select fnc.run_seq, of_relation, what
    from raw.run_fence as fnc
$$;
comment on function raw.note_change(text, text) is 'Notes what the present run changed, for its report.';

create table if not exists raw.upgrade_lock (
    is_only_row boolean primary key default true check (is_only_row)
);
comment on table raw.upgrade_lock is 'Empty. Who takes views down holds an exclusive lock on it; an advisory lock could be held by everybody who can connect.';

create or replace function raw.lock_upgrades() returns void
language plpgsql as $$
begin
    lock table raw.upgrade_lock in exclusive mode;
end $$;
comment on function raw.lock_upgrades() is 'Until the transaction ends, nobody else takes views down: models are built side by side.';

create or replace function raw.dependent_views(base oid) returns table (view_id oid, depth integer)
language sql stable as $$
    with recursive

    found as (
        select base as view_id, 0 as depth

        union

        select rwr.ev_class, fnd.depth + 1
        from found as fnd
        inner join pg_catalog.pg_depend as dep
            on
                dep.refclassid = 'pg_catalog.pg_class'::regclass
                and dep.refobjid = fnd.view_id
                and dep.classid = 'pg_catalog.pg_rewrite'::regclass
        inner join pg_catalog.pg_rewrite as rwr
            on dep.objid = rwr.oid and rwr.ev_class <> fnd.view_id
    )

    select fnd.view_id, max(fnd.depth)
    from found as fnd
    where fnd.depth > 0
    group by fnd.view_id
$$;
comment on function raw.dependent_views(oid) is 'The views that read a relation, directly or through others, and how far away they are.';

create or replace function raw.privileges_of(relation oid) returns jsonb
language sql stable as $$
    select
        jsonb_agg(jsonb_build_object(
            'column_name', prv.column_name,
            'grantee', case when prv.grantee = 0 then null else pg_get_userbyid(prv.grantee) end,
            'privilege', prv.privilege_type,
            'is_grantable', prv.is_grantable
        ))
    from (
        select null as column_name, acl.grantee, acl.privilege_type, acl.is_grantable
        from pg_catalog.pg_class as cls, aclexplode(cls.relacl) as acl
        where cls.oid = relation and acl.grantee <> cls.relowner
        union all
        select att.attname, acl.grantee, acl.privilege_type, acl.is_grantable
        from pg_catalog.pg_attribute as att, aclexplode(att.attacl) as acl
        where att.attrelid = relation and not att.attisdropped
    ) as prv
$$;
comment on function raw.privileges_of(oid) is 'What others than its owner may do with a relation and its columns.';

create or replace function raw.grant_again(relation regclass, privileges jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    given record;
begin
    for given in
        select distinct acl.grantee
        from pg_class as cls, aclexplode(cls.relacl) as acl
        where cls.oid = relation and acl.grantee <> cls.relowner
    loop
        execute format(
            'revoke all on %s from %s', relation,
            case when given.grantee = 0 then 'public' else given.grantee::regrole::text end
        );
    end loop;
    for given in
        select prv.*
        from jsonb_to_recordset(coalesce(privileges, '[]'))
            as prv (column_name text, grantee text, privilege text, is_grantable boolean)
        where
            (prv.grantee is null or exists (select from pg_roles where rolname = prv.grantee))
            and (prv.column_name is null or exists (
                select from pg_attribute
                where attrelid = relation and attname = prv.column_name and not attisdropped
            ))
    loop
        execute format(
            'grant %s %s on %s to %s %s',
            given.privilege,
            '(' || quote_ident(given.column_name) || ')',
            relation,
            coalesce(quote_ident(given.grantee), 'public'),
            case when given.is_grantable then 'with grant option' end
        );
    end loop;
end $$;
comment on function raw.grant_again(regclass, jsonb) is 'Gives a relation exactly the privileges that were found on another; those on columns that are gone are left out.';

create or replace function raw.comments_of(relation oid) returns jsonb
language sql stable as $$
    select coalesce(jsonb_object_agg(coalesce(att.attname, ''), dsc.description), '{}')
    from pg_catalog.pg_description as dsc
    left join pg_catalog.pg_attribute as att
        on dsc.objoid = att.attrelid and dsc.objsubid = att.attnum and dsc.objsubid > 0
    where dsc.classoid = 'pg_catalog.pg_class'::regclass and dsc.objoid = relation
$$;
comment on function raw.comments_of(oid) is 'Comments of a relation (key: nothing) and of its columns (key: their names).';

create or replace function raw.set_aside_views(base oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    dependent record;
begin
    for dependent in
        select cls.oid::regclass as name, pg_get_userbyid(cls.relowner) as owner_name
        from raw.dependent_views(base) as dpv
        inner join pg_class as cls on dpv.view_id = cls.oid
        where not pg_has_role(cls.relowner, 'member')
    loop
        raise exception '% has to be made again, but % belongs to %',
            base::regclass, dependent.name, dependent.owner_name
            using hint = format(
                'Let an administrator run: grant %I to %I; then run again.',
                dependent.owner_name, current_user
            );
    end loop;
    delete from raw.set_aside_views as stv
    using raw.dependent_views(base) as dpv, pg_class as cls, pg_namespace as nsp
    where
        dpv.view_id = cls.oid and cls.relnamespace = nsp.oid
        and stv.schema_name = nsp.nspname and stv.view_name = cls.relname;
    insert into raw.set_aside_views (
        schema_name, view_name, is_materialized, is_ours, definition, options, owner_name,
        privileges, comments, additions, run_seq
    )
    select
        nsp.nspname,
        cls.relname,
        cls.relkind = 'm',
        prg.model_name is not null,
        coalesce(prg.definition, rtrim(pg_get_viewdef(cls.oid), '; ')),
        array_to_string(cls.reloptions, ', '),
        pg_get_userbyid(cls.relowner),
        raw.privileges_of(cls.oid),
        raw.comments_of(cls.oid),
        array(
            select pg_get_indexdef(idx.indexrelid) from pg_index as idx where idx.indrelid = cls.oid
            union all
            select pg_get_ruledef(rwr.oid)
            from pg_rewrite as rwr
            where rwr.ev_class = cls.oid and rwr.rulename <> '_RETURN'
            union all
            select pg_get_triggerdef(trg.oid)
            from pg_trigger as trg
            where trg.tgrelid = cls.oid and not trg.tgisinternal
        ),
        fnc.run_seq
    from raw.dependent_views(base) as dpv
    inner join pg_class as cls on dpv.view_id = cls.oid
    inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
    -- left: outside a run there is none; analysts' views are no models
    left join raw.run_fence as fnc on true
    left join raw.model_progress as prg
        on nsp.nspname = prg.schema_name and cls.relname = prg.model_name
    order by dpv.depth, nsp.nspname, cls.relname;
    -- from the far end on, as readers lock them, so that nobody waits for each other
    for dependent in
        select cls.oid::regclass as name, cls.relkind
        from raw.dependent_views(base) as dpv
        inner join pg_class as cls on dpv.view_id = cls.oid
        order by dpv.depth desc
    loop
        execute format(
            'drop %s %s',
            case dependent.relkind when 'm' then 'materialized view' else 'view' end,
            dependent.name
        );
    end loop;
end $$;
comment on function raw.set_aside_views(oid) is 'Takes down all views that read a relation and remembers how to make them again.';

create or replace function raw.put_back_views() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    aside raw.set_aside_views;
    view_name text;
    kind text;
    addition text;
    is_any_back boolean := exists (select from raw.set_aside_views);
begin
    if is_any_back then
        perform raw.lock_upgrades();
    end if;
    while is_any_back loop
        is_any_back := false;
        for aside in select * from raw.set_aside_views order by place loop
            view_name := format('%I.%I', aside.schema_name, aside.view_name);
            kind := case when aside.is_materialized then 'materialized view' else 'view' end;
            if to_regclass(view_name) is not null then
                if aside.is_ours then
                    perform raw.grant_again(to_regclass(view_name), aside.privileges);
                end if;
            else
                begin
                    execute format(
                        'create %s %s %s as %s', kind, view_name,
                        'with (' || aside.options || ')', aside.definition
                    );
                    if aside.owner_name <> current_user then
                        execute format('alter %s %s owner to %I', kind, view_name, aside.owner_name);
                    end if;
                    perform raw.grant_again(to_regclass(view_name), aside.privileges);
                    perform raw.comment_again(to_regclass(view_name), aside.comments);
                    if aside.is_ours then
                        perform raw.own_relation(aside.schema_name, aside.view_name);
                    end if;
                    foreach addition in array aside.additions loop
                        execute addition;
                    end loop;
                exception
                    when lock_not_available or deadlock_detected then
                        raise;
                    when others then
                        update raw.set_aside_views as stv set problem = sqlerrm
                        where stv.schema_name = aside.schema_name and stv.view_name = aside.view_name;
                        continue;
                end;
            end if;
            delete from raw.set_aside_views as stv
            where stv.schema_name = aside.schema_name and stv.view_name = aside.view_name;
            is_any_back := true;
        end loop;
    end loop;
end $$;
comment on function raw.put_back_views() is 'Makes again what was set aside, as far as possible; what somebody has made meanwhile is left as it is.';

create or replace function raw.comment_again(relation regclass, comments jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    said record;
begin
    for said in
        select cmt.key as column_name, cmt.value as comment, cls.relkind
        from jsonb_each_text(comments) as cmt
        inner join pg_class as cls on cls.oid = relation
    loop
        if said.column_name = '' then
            execute format(
                'comment on %s %s is %L',
                case said.relkind when 'm' then 'materialized view' else 'view' end,
                relation, said.comment
            );
        elsif exists (
            select from pg_attribute
            where attrelid = relation and attname = said.column_name and not attisdropped
        ) then
            execute format(
                'comment on column %s.%I is %L', relation, said.column_name, said.comment
            );
        end if;
    end loop;
end $$;
comment on function raw.comment_again(regclass, jsonb) is 'Gives a view the comments that were found on another.';

create or replace function raw.columns_of(relation oid) returns table (place bigint, column_name text, data_type text)
language sql stable as $$
    select
        row_number() over (order by att.attnum),
        att.attname::text,
        format_type(att.atttypid, att.atttypmod)
    from pg_catalog.pg_attribute as att
    where att.attrelid = relation and att.attnum > 0 and not att.attisdropped
$$;
comment on function raw.columns_of(oid) is 'Columns of a relation in their order.';

create or replace function raw.has_columns(relation oid, column_names text [], data_types text []) returns boolean
language sql stable as $$
    select
        (
            select array_agg(att.attname || ' ' || att.atttypid::regtype::text order by att.attnum)
            from pg_catalog.pg_attribute as att
            where att.attrelid = relation and att.attnum > 0 and not att.attisdropped
        ) = (
            select array_agg(wnt.column_name || ' ' || to_regtype(wnt.data_type)::text order by wnt.place)
            from unnest(column_names, data_types) with ordinality as wnt (column_name, data_type, place)
        )
$$;
comment on function raw.has_columns(oid, text [], text []) is 'Whether a table has just these columns.';

create or replace function raw.difference(old oid, fresh oid) returns text
language sql stable as $$
    with

    kinds as (
        select case
            when was.relkind <> now.relkind then format(
                'was a %s, is a %s now',
                case was.relkind when 'r' then 'table' else 'view' end,
                case now.relkind when 'r' then 'table' else 'view' end
            )
        end as said
        from pg_catalog.pg_class as was, pg_catalog.pg_class as now
        where was.oid = old and now.oid = fresh
    ),

    matched as (
        select
            coalesce(now.column_name, was.column_name) as column_name,
            was.data_type as old_type,
            now.data_type as new_type,
            coalesce(now.place, was.place) as place
        from raw.columns_of(old) as was
        full join raw.columns_of(fresh) as now on was.column_name = now.column_name
    ),

    columns as (
        select
            'new: ' || string_agg(column_name, ', ' order by place)
                filter (where old_type is null) as added,
            'gone: ' || string_agg(column_name, ', ' order by place)
                filter (where new_type is null) as removed,
            'another type: ' || string_agg(
                format('%s (%s, was %s)', column_name, new_type, old_type), ', ' order by place
            ) filter (where old_type <> new_type) as retyped
        from matched
    )

    select coalesce(
        nullif(concat_ws('; ', knd.said, clm.added, clm.removed, clm.retyped), ''),
        'other order or constraints'
    )
    from kinds as knd, columns as clm
$$;
comment on function raw.difference(oid, oid) is 'What distinguishes a relation from the one that takes its place, in words.';

create or replace function raw.constraints_of(relation oid) returns text []
language sql stable as $$
    select array(
        select pg_get_constraintdef(cst.oid)
        from pg_catalog.pg_constraint as cst
        where cst.conrelid = relation and cst.contype <> 'n'
        union all
        select format('not null %I', att.attname)
        from pg_catalog.pg_attribute as att
        where att.attrelid = relation and att.attnum > 0 and att.attnotnull and not att.attisdropped
        order by 1
    )
$$;
comment on function raw.constraints_of(oid) is 'Constraints of a table, whatever they are named.';

create or replace function raw.is_of_same_shape(old oid, fresh oid) returns boolean
language sql stable as $$
    select
        (select array_agg(was order by place) from raw.columns_of(old) as was)
        = (select array_agg(now order by place) from raw.columns_of(fresh) as now)
        and raw.constraints_of(old) = raw.constraints_of(fresh)
        and not exists (
            select definition from raw.indexes_of(fresh)
            except
            select definition from raw.indexes_of(old)
        )
$$;
comment on function raw.is_of_same_shape(oid, oid) is 'Whether a table has the columns and constraints of another, and its indexes at least.';

create or replace function raw.is_extended_by(old oid, fresh oid) returns boolean
language sql stable as $$
    select not exists (
        select * from raw.columns_of(old)
        except
        select * from raw.columns_of(fresh)
    )
$$;
comment on function raw.is_extended_by(oid, oid) is 'Whether a view has the columns of another and at most new ones at the end, so that it can replace it.';

create or replace function raw.replace_relation(old oid, fresh regclass, of_schema text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    owner_name text;
    old_kind text;
    new_kind text;
    privileges jsonb := raw.privileges_of(old);
begin
    select pg_get_userbyid(was.relowner), knd.kinds ->> was.relkind::text, knd.kinds ->> now.relkind::text
    into owner_name, old_kind, new_kind
    from pg_class as was, pg_class as now,
        (select '{"v": "view", "m": "materialized view", "r": "table"}'::jsonb) as knd (kinds)
    where was.oid = old and now.oid = fresh;
    perform raw.set_aside_views(old);
    execute format('drop %s %s', old_kind, old::regclass);
    execute format('alter %s %s set schema %I', new_kind, fresh, of_schema);
    if owner_name <> current_user then
        execute format('alter %s %s owner to %I', new_kind, fresh, owner_name);
    end if;
    perform raw.grant_again(fresh, privileges);
    perform raw.keep_tenants(fresh);
    perform raw.put_back_views();
end $$;
comment on function raw.replace_relation(oid, regclass, text) is 'The work of raw.take_place, all or nothing.';

create or replace function raw.take_place(of_schema text, of_name text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    fresh regclass := to_regclass(format('upgrade.%I', of_name));
    old regclass;
    old_name text;
    change text;
    dependents integer;
    detail text;
begin
    perform raw.lock_upgrades();
    old := to_regclass(format('%I.%I', of_schema, of_name));
    old_name := old::text;
    change := raw.difference(old, fresh);
    select count(*) into dependents from raw.dependent_views(old);
    -- readers lock in any order: give way before the server looks for deadlocks, then try again
    for attempt in 1..50 loop
        begin
            set local lock_timeout = '100ms';
            perform raw.replace_relation(old, fresh, of_schema);
            set local lock_timeout = 0;
            perform raw.note_change(
                old_name,
                change || case
                    when dependents = 1 then '; a view that reads it was made again'
                    when dependents > 1 then format('; %s views that read it were made again', dependents)
                    else ''
                end
            );
            return;
        exception
            when lock_not_available or deadlock_detected then
                perform pg_sleep(0.1);
            when dependent_objects_still_exist then
                get stacked diagnostics detail = pg_exception_detail;
                raise exception '% takes another shape (%), but more than views depends on it: %',
                    old_name, change, detail
                    using hint = 'Nothing was changed; drop what depends on it, then run again.';
        end;
    end loop;
    raise exception '% takes another shape (%), but somebody has been reading it for long',
        old_name, change
        using hint = 'Nothing was changed; run again when that has ended.';
end $$;
comment on function raw.take_place(text, text) is 'Puts the relation of that name in the schema `upgrade` into the place of the published one, with its owner, privileges and the views that read it.';

create or replace function raw.drop_vanished(invocation text, schemas text [], relations text []) returns void
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '900ms' as $$
declare
    vanished record;
    is_any_dropped boolean := true;
begin
    if (select invocation_id from raw.run_fence for share) is distinct from invocation then
        return;
    end if;
    perform raw.drop_tenant_views(schemas, relations);
    while is_any_dropped loop
        is_any_dropped := false;
        for vanished in
            select prg.schema_name, prg.model_name, cls.oid::regclass as relation, cls.relkind
            from raw.model_progress as prg
            inner join pg_class as cls
                on cls.oid = to_regclass(format('%I.%I', prg.schema_name, prg.model_name))
            where
                prg.schema_name = any(schemas)
                and prg.schema_name || '.' || prg.model_name <> all(relations)
                and raw.is_ours(cls.oid)
                and not exists (select from raw.dependent_views(cls.oid))
        loop
            begin
                execute format(
                    'drop %s %s', case vanished.relkind when 'v' then 'view' else 'table' end,
                    vanished.relation
                );
            exception when dependent_objects_still_exist or lock_not_available then
                continue;
            end;
            delete from raw.model_progress as prg
            where prg.schema_name = vanished.schema_name and prg.model_name = vanished.model_name;
            delete from raw.relations as rel
            where rel.schema_name = vanished.schema_name and rel.relation_name = vanished.model_name;
            perform raw.note_change(
                vanished.schema_name || '.' || vanished.model_name,
                'is no longer a part of the project; dropped'
            );
            is_any_dropped := true;
        end loop;
    end loop;
    delete from raw.set_aside_views as stv
    where
        stv.is_ours and stv.schema_name = any(schemas)
        and stv.schema_name || '.' || stv.view_name <> all(relations);
    -- views that were set aside with what they read, and do not come back
    for vanished in
        delete from raw.model_progress as prg
        where
            prg.schema_name = any(schemas)
            and prg.schema_name || '.' || prg.model_name <> all(relations)
            and to_regclass(format('%I.%I', prg.schema_name, prg.model_name)) is null
        returning prg.schema_name, prg.model_name
    loop
        delete from raw.relations as rel
        where rel.schema_name = vanished.schema_name and rel.relation_name = vanished.model_name;
        perform raw.note_change(
            vanished.schema_name || '.' || vanished.model_name,
            'is no longer a part of the project; dropped'
        );
    end loop;
    update raw.model_progress as prg
    set kept_for = case
        when prg.schema_name || '.' || prg.model_name = any(relations) then null
        else coalesce((
            select string_agg(dpv.view_id::regclass::text, ', ' order by dpv.view_id::regclass::text)
            from raw.dependent_views(to_regclass(format('%I.%I', prg.schema_name, prg.model_name))) as dpv
        ), 'something that is no view, or somebody who reads it')
    end
    where
        prg.schema_name = any(schemas)
        and (prg.kept_for is not null or prg.schema_name || '.' || prg.model_name <> all(relations));
end $$;
comment on function raw.drop_vanished(text, text [], text []) is 'Drops the relations that earlier runs made and the project no longer has, unless something depends on them.';
