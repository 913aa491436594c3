-- Tenants: logins that see one workspace, through a schema of views over the marts. Run after
-- `loaders/seeds.sql`; every statement may run again. `warehouse.tenants` makes the logins.
--
-- A tenant sees a mart if it has a column `workspace_id`. Its view is a security barrier:
-- PostgreSQL evaluates nothing of a question that could tell a value before the filter. A
-- function is copied if it is immutable, for such a function reads no table. The end of each run,
-- and each change of a mart's shape, bring the schemas in line with the marts.

create table if not exists raw.tenants (
    tenant_id bigint generated always as identity primary key,
    workspace_id text not null,
    schema_name text not null,
    shown_schema text not null,
    added_at timestamptz not null default clock_timestamp(),
    added_by text not null default session_user,
    rotated_at timestamptz,
    rotated_by text,
    removed_at timestamptz,
    removed_by text
);
create unique index if not exists tenants_by_workspace on raw.tenants (workspace_id)
where removed_at is null;
create unique index if not exists tenants_by_schema on raw.tenants (schema_name)
where removed_at is null;
comment on table raw.tenants is 'One row per tenant that was ever added: who added it, gave it another password or removed it, and when. schema_name: its schema and its login. shown_schema: the schema of the marts that its views read. Nothing is deleted here.';

create or replace function raw.tenant_views() returns table (
    schema_name text,
    view_name text,
    workspace_id text,
    mart_id oid,
    view_id oid,
    is_made boolean,
    is_current boolean
)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with

    tenants as (
        select tnt.*, rol.oid as role_id
        from raw.tenants as tnt
        -- left: a restored database has none until the password is made again
        left join pg_roles as rol on tnt.schema_name = rol.rolname
        where tnt.removed_at is null
    ),

    marts as (
        select cls.oid, nsp.nspname as schema_name, cls.relname as mart_name
        from pg_class as cls
        inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
        inner join raw.model_progress as prg
            on nsp.nspname = prg.schema_name and cls.relname = prg.model_name
        inner join pg_attribute as att
            on
                cls.oid = att.attrelid and att.attname = 'workspace_id'
                and att.atttypid = 'text'::regtype and not att.attisdropped
        where prg.kept_for is null and cls.relkind in ('r', 'v', 'm')
    ),

    wanted as (
        select tnt.schema_name, mrt.mart_name, tnt.workspace_id, tnt.role_id, mrt.oid as mart_id
        from tenants as tnt
        inner join marts as mrt on tnt.shown_schema = mrt.schema_name
    ),

    found as (
        select
            tnt.schema_name,
            cls.relname,
            cls.oid as view_id,
            cls.reloptions,
            rel.relation_name is not null as is_made
        from tenants as tnt
        inner join pg_namespace as nsp on tnt.schema_name = nsp.nspname
        inner join pg_class as cls on nsp.oid = cls.relnamespace and cls.relkind in ('r', 'v', 'm')
        -- left: somebody else may have made it
        left join raw.relations as rel
            on tnt.schema_name = rel.schema_name and cls.relname = rel.relation_name
    ),

    matched as (
        select
            coalesce(wnt.schema_name, fnd.schema_name) as schema_name,
            coalesce(wnt.mart_name, fnd.relname) as view_name,
            wnt.workspace_id,
            wnt.role_id,
            wnt.mart_id,
            fnd.view_id,
            fnd.reloptions,
            coalesce(fnd.is_made, true) as is_made
        from wanted as wnt
        full join found as fnd
            on wnt.schema_name = fnd.schema_name and wnt.mart_name = fnd.relname
    ),

    shapes as (
        select
            att.attrelid,
            string_agg(
                concat_ws(' ', att.attname, att.atttypid, att.atttypmod, dsc.description),
                chr(10) order by att.attnum
            ) as shape
        from pg_attribute as att
        -- left: not every column has a description
        left join pg_description as dsc
            on
                att.attrelid = dsc.objoid and att.attnum = dsc.objsubid
                and dsc.classoid = 'pg_class'::regclass
        where
            att.attnum > 0 and not att.attisdropped
            and att.attrelid in (
                select mtc.mart_id from matched as mtc union select mtc.view_id from matched as mtc
            )
        group by att.attrelid
    )

    select
        mtc.schema_name,
        mtc.view_name,
        mtc.workspace_id,
        mtc.mart_id,
        mtc.view_id,
        mtc.is_made,
        coalesce(
            mart.shape = shown.shape
            and obj_description(mtc.mart_id, 'pg_class')
            is not distinct from obj_description(mtc.view_id, 'pg_class')
            and 'security_barrier=true' = any(mtc.reloptions)
            and (mtc.role_id is null or has_table_privilege(mtc.role_id, mtc.view_id, 'select')),
            false
        ) as is_current
    from matched as mtc
    -- left: what is new has no view yet, what has gone no mart any more
    left join shapes as mart on mtc.mart_id = mart.attrelid
    left join shapes as shown on mtc.view_id = shown.attrelid
    where mtc.is_made or mtc.mart_id is not null
$$;
comment on function raw.tenant_views() is 'One row per tenant and mart that it sees, or still has a view of. is_made: no foreign relation stands in the place; is_current: the view has the columns, descriptions and rights that it should have.';

create or replace function raw.make_tenant_view(
    of_schema text, of_view text, of_workspace text, mart oid, old oid
) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    view_name text := format('%I.%I', of_schema, of_view);
    is_new_shape boolean := old is not null and mart is not null and not raw.is_extended_by(old, mart);
begin
    if mart is null then
        execute format('drop view %s', view_name);
        delete from raw.relations as rel
        where rel.schema_name = of_schema and rel.relation_name = of_view;
        return;
    end if;
    if is_new_shape then
        perform raw.set_aside_views(old);
        execute format('drop view %s', view_name);
    end if;
    execute format(
        'create or replace view %s with (security_barrier) as'
        ' select mart.* from %s as mart where mart.workspace_id = %L',
        view_name, mart::regclass, of_workspace
    );
    perform raw.comment_again(to_regclass(view_name), raw.comments_of(mart));
    if exists (select from pg_roles where rolname = of_schema) then
        execute format('grant select on %s to %I', view_name, of_schema);
    end if;
    perform raw.own_relation(of_schema, of_view);
    if is_new_shape then
        perform raw.put_back_views();
    end if;
end $$;
comment on function raw.make_tenant_view(text, text, text, oid, oid) is 'Makes or changes the view of a tenant over a mart; without a mart, drops it.';

create or replace function raw.keep_tenant_functions() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    item record;
    signature text;
begin
    for item in
        select
            tnt.schema_name,
            tnt.shown_schema,
            mrt.oid as shown_id,
            own.oid as own_id,
            coalesce(mrt.proname, own.proname) as routine_name
        from raw.tenants as tnt
        inner join pg_namespace as nsp on tnt.schema_name = nsp.nspname
        cross join lateral (
            select prc.*, pg_get_function_identity_arguments(prc.oid) as arguments
            from pg_proc as prc
            where
                prc.pronamespace = to_regnamespace(quote_ident(tnt.shown_schema))
                and prc.provolatile = 'i' and prc.prokind = 'f' and not prc.prosecdef
                and exists (
                    select from raw.routines as rtn
                    where
                        rtn.schema_name = tnt.shown_schema
                        and rtn.signature
                        = format('%I(%s)', prc.proname, pg_get_function_identity_arguments(prc.oid))
                )
        ) as mrt
        -- left: what is new has not been copied yet
        left join pg_proc as own
            on
                nsp.oid = own.pronamespace and mrt.proname = own.proname
                and mrt.arguments = pg_get_function_identity_arguments(own.oid)
        where
            tnt.removed_at is null
            and (mrt.prosrc, mrt.prorettype) is distinct from (own.prosrc, own.prorettype)
    loop
        signature := pg_get_functiondef(item.shown_id);
        execute format(
            'create or replace function %I.%s', item.schema_name,
            substr(signature, length(format('create or replace function %I.', item.shown_schema)) + 1)
        );
        perform raw.own_routine(prc.oid)
        from pg_proc as prc
        where
            prc.pronamespace = to_regnamespace(quote_ident(item.schema_name))
            and prc.proname = item.routine_name;
    end loop;
end $$;
comment on function raw.keep_tenant_functions() is 'Copies the immutable functions of the marts into the schema of each tenant.';

create or replace function raw.keep_tenants(only_mart oid default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    waited text := current_setting('lock_timeout');
    item record;
begin
    if not exists (
        select from raw.tenants as tnt
        where
            tnt.removed_at is null
            and (only_mart is null or tnt.shown_schema = (
                select nsp.nspname from pg_class as cls
                inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
                where cls.oid = only_mart
            ))
    ) then
        return;
    end if;
    perform raw.lock_upgrades();
    for item in
        select tnv.*
        from raw.tenant_views() as tnv
        where
            tnv.is_made and not tnv.is_current
            and (only_mart is null or tnv.mart_id = only_mart)
        order by tnv.view_name, tnv.schema_name
    loop
        -- readers win, as in raw.take_place; what they hold for long waits for the next run
        for attempt in 1..5 loop
            begin
                perform set_config('lock_timeout', '100ms', true);
                perform raw.make_tenant_view(
                    item.schema_name, item.view_name, item.workspace_id, item.mart_id, item.view_id
                );
                exit;
            exception
                when lock_not_available or deadlock_detected then
                    perform pg_sleep(0.05);
                when others then
                    exit; -- one tenant holds no run: the report names what is not current
            end;
        end loop;
    end loop;
    perform set_config('lock_timeout', waited, true);
    if only_mart is null then
        perform raw.keep_tenant_functions();
        delete from raw.set_aside_views as stv
        using raw.tenants as tnt, raw.relations as rel
        where
            stv.schema_name = tnt.schema_name and tnt.removed_at is null
            and rel.schema_name = stv.schema_name and rel.relation_name = stv.view_name;
    end if;
end $$;
comment on function raw.keep_tenants(oid) is 'Brings the views and functions of all tenants in line with the marts, or only the views of one mart.';

create or replace function raw.drop_tenant_views(schemas text [], relations text []) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    item record;
begin
    for item in
        select tnv.*
        from raw.tenant_views() as tnv
        inner join pg_class as cls on tnv.mart_id = cls.oid
        inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
        where
            tnv.is_made and tnv.view_id is not null
            and nsp.nspname = any(schemas) and nsp.nspname || '.' || cls.relname <> all(relations)
    loop
        begin
            perform raw.make_tenant_view(item.schema_name, item.view_name, null, null, item.view_id);
        exception when dependent_objects_still_exist or lock_not_available then
            continue;
        end;
    end loop;
end $$;
comment on function raw.drop_tenant_views(text [], text []) is 'Drops the views of tenants over marts that the project no longer has, so that the marts can be dropped.';

-- What a login reaches past its own schema: where it is not empty, somebody gave it to everybody.
create or replace function raw.reach_of_tenant(of_role text) returns table (what text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with

    schemas as (
        select nsp.oid, nsp.nspname
        from pg_namespace as nsp
        where
            nsp.nspname <> of_role and nsp.nspname !~ '^(pg_|information_schema$)'
            and has_schema_privilege(of_role, nsp.oid, 'usage')
    )

    select format('%s %I.%I', 'relation', sch.nspname, cls.relname)
    from schemas as sch
    inner join pg_class as cls on sch.oid = cls.relnamespace and cls.relkind in ('r', 'v', 'm', 'f', 'p')
    where has_any_column_privilege(of_role, cls.oid, 'select, insert, update')
    union all
    select format('%s %I.%I', 'function', sch.nspname, prc.proname)
    from schemas as sch
    inner join pg_proc as prc on sch.oid = prc.pronamespace
    where has_function_privilege(of_role, prc.oid, 'execute')
    union all
    select format('%s %I', 'role', rol.rolname)
    from pg_roles as rol
    where rol.rolname <> of_role and pg_has_role(of_role, rol.oid, 'member')
    order by 1
$$;
comment on function raw.reach_of_tenant(text) is 'The relations, functions and roles that a login of a tenant reaches past its own schema.';

-- Its own sessions have ended; who else reads through it, the owner or an administrator, goes first.
-- The caller sets lock_timeout: who waits keeps later readers waiting, too.
create or replace function raw.drop_tenant(of_schema text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    item record;
begin
    perform raw.lock_upgrades();
    for item in
        select cls.oid::regclass as name
        from raw.relations as rel
        inner join pg_class as cls
            on cls.oid = to_regclass(format('%I.%I', rel.schema_name, rel.relation_name))
        where rel.schema_name = of_schema and cls.relkind = 'v'
    loop
        execute format('drop view %s', item.name);
    end loop;
    for item in
        select prc.oid::regprocedure as name
        from pg_proc as prc
        where
            prc.pronamespace = to_regnamespace(quote_ident(of_schema))
            and raw.is_our_routine(prc.oid)
    loop
        execute format('drop function %s', item.name);
    end loop;
    execute format('drop schema if exists %I', of_schema);
    delete from raw.relations as rel where rel.schema_name = of_schema;
    delete from raw.routines as rtn where rtn.schema_name = of_schema;
    delete from raw.set_aside_views as stv where stv.schema_name = of_schema;
    update raw.tenants as tnt
    set removed_at = clock_timestamp(), removed_by = session_user
    where tnt.schema_name = of_schema and tnt.removed_at is null;
end $$;
comment on function raw.drop_tenant(text) is 'Drops the schema of a tenant and what this warehouse made in it; raises where somebody else''s stands in it or depends on it.';
