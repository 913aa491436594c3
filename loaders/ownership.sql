-- What this warehouse made, so that nothing else is ever changed. Run after
-- `loaders/upgrades.sql`; every statement may run again.
--
-- The comment of each of its schemas ends with its mark. Each of its relations has a row in
-- `raw.relations`, each of its functions one in `raw.routines`: it is the warehouse's own while
-- it is the very same one, or, in a copy of the database, while it has the same description.

create or replace function raw.mark() returns text
language sql immutable as $$ select '[engagement warehouse: raw]'::text $$;
comment on function raw.mark() is 'What the comment of each schema of this warehouse ends with.';

create or replace function raw.claim_schema(of_schema text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    found_schema oid := (select oid from pg_namespace where nspname = of_schema);
    said text := obj_description(found_schema, 'pg_namespace');
begin
    if position(raw.mark() in said) > 0 then
        return;
    end if;
    if found_schema is null then
        execute format('create schema if not exists %I', of_schema);
    elsif not pg_has_role((select nspowner from pg_namespace where oid = found_schema), 'usage')
        or exists (
            select from pg_depend
            where refclassid = 'pg_namespace'::regclass and refobjid = found_schema
        )
    then
        raise exception 'the schema % was not made by this warehouse, which would need it; nothing was changed', of_schema
            using hint = 'Rename that schema, or give this warehouse another schema in the dbt profile (WAREHOUSE_SCHEMA_PREFIX).';
    end if;
    execute format(
        'comment on schema %I is %L', of_schema,
        concat_ws(' ', coalesce(said, 'Made and changed by the Engagement Warehouse.'), raw.mark())
    );
end $$;
comment on function raw.claim_schema(text) is 'Makes a schema, or takes an empty one of the same owner, and marks it; raises where somebody else''s stands there.';

-- a warehouse of an earlier version: what its runs made, and its seeds, which have descriptions
do $$
declare
    made record;
begin
    if to_regclass('raw.relations') is null then
        create table raw.relations (
            schema_name text not null,
            relation_name text not null,
            relation_id oid not null,
            description_md5 text,
            primary key (schema_name, relation_name)
        );
        insert into raw.relations
        select nsp.nspname, cls.relname, cls.oid, md5(obj_description(cls.oid, 'pg_class'))
        from pg_class as cls
        inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
        left join raw.model_progress as prg
            on nsp.nspname = prg.schema_name and cls.relname = prg.model_name
        where
            obj_description(cls.oid, 'pg_class') is not null
            and (
                prg.model_name is not null and (cls.relkind = 'v' or prg.definition is null)
                or nsp.nspname = 'seeds' and cls.relkind = 'r'
                and exists (select from raw.model_progress)
            );
        for made in
            select distinct schema_name from raw.relations
        loop
            execute format(
                'comment on schema %I is %L', made.schema_name,
                concat_ws(
                    ' ', obj_description(to_regnamespace(quote_ident(made.schema_name)), 'pg_namespace'),
                    raw.mark()
                )
            );
        end loop;
    end if;
end $$;
comment on table raw.relations is 'One row per relation that this warehouse made; what stands elsewhere under these names is never changed. relation_id: its number in this database. description_md5: of its description, by which it is known in a copy of the database.';

create or replace function raw.own_relation(of_schema text, of_relation text) returns void
language sql as $$
    insert into raw.relations (schema_name, relation_name, relation_id, description_md5)
    select of_schema, of_relation, cls.oid, md5(obj_description(cls.oid, 'pg_class'))
    from pg_catalog.pg_class as cls
    where cls.oid = to_regclass(format('%I.%I', of_schema, of_relation))
    on conflict (schema_name, relation_name) do update
    set relation_id = excluded.relation_id, description_md5 = excluded.description_md5
$$;
comment on function raw.own_relation(text, text) is 'Records that this warehouse has just made or written a relation.';

create or replace function raw.is_ours(relation oid) returns boolean
language sql stable as $$
    select exists (
        select
        from pg_catalog.pg_class as cls
        inner join pg_catalog.pg_namespace as nsp on cls.relnamespace = nsp.oid
        inner join raw.relations as rel
            on nsp.nspname = rel.schema_name and cls.relname = rel.relation_name
        where
            cls.oid = relation
            and (
                rel.relation_id = cls.oid
                or rel.description_md5 = md5(obj_description(cls.oid, 'pg_class'))
            )
    )
$$;
comment on function raw.is_ours(oid) is 'Whether this warehouse made a relation, not somebody who used the name of a model or a seed.';

-- a warehouse of an earlier version: all its functions have descriptions
do $$
begin
    if to_regclass('raw.routines') is null then
        create table raw.routines (
            schema_name text not null,
            signature text not null,
            routine_id oid not null,
            description_md5 text,
            primary key (schema_name, signature)
        );
        insert into raw.routines
        select
            nsp.nspname,
            format('%I(%s)', prc.proname, pg_get_function_identity_arguments(prc.oid)),
            prc.oid,
            md5(obj_description(prc.oid, 'pg_proc'))
        from pg_proc as prc
        inner join pg_namespace as nsp on prc.pronamespace = nsp.oid
        where
            obj_description(prc.oid, 'pg_proc') is not null
            and position(raw.mark() in obj_description(nsp.oid, 'pg_namespace')) > 0;
    end if;
end $$;
comment on table raw.routines is 'One row per function that this warehouse made; what stands elsewhere under these names is never changed. signature: its name and arguments. routine_id: its number in this database. description_md5: of its description, by which it is known in a copy of the database.';

create or replace function raw.own_routine(routine oid) returns void
language sql as $$
    insert into raw.routines (schema_name, signature, routine_id, description_md5)
    select
        nsp.nspname,
        format('%I(%s)', prc.proname, pg_get_function_identity_arguments(prc.oid)),
        prc.oid,
        md5(obj_description(prc.oid, 'pg_proc'))
    from pg_catalog.pg_proc as prc
    inner join pg_catalog.pg_namespace as nsp on prc.pronamespace = nsp.oid
    where prc.oid = routine
    on conflict (schema_name, signature) do update
    set routine_id = excluded.routine_id, description_md5 = excluded.description_md5
$$;
comment on function raw.own_routine(oid) is 'Records that this warehouse has just made or replaced a function.';

create or replace function raw.is_our_routine(routine oid) returns boolean
language sql stable as $$
    select exists (
        select
        from pg_catalog.pg_proc as prc
        inner join pg_catalog.pg_namespace as nsp on prc.pronamespace = nsp.oid
        inner join raw.routines as rtn
            on
                nsp.nspname = rtn.schema_name
                and rtn.signature
                = format('%I(%s)', prc.proname, pg_get_function_identity_arguments(prc.oid))
        where
            prc.oid = routine
            and (
                rtn.routine_id = prc.oid
                or rtn.description_md5 = md5(obj_description(prc.oid, 'pg_proc'))
            )
    )
$$;
comment on function raw.is_our_routine(oid) is 'Whether this warehouse made a function, not somebody who used the name of one of ours.';

create or replace function raw.check_routines(signatures text []) returns void
language plpgsql as $$
declare
    foreign_routine text;
begin
    select wnt.signature into foreign_routine
    from unnest(signatures) as wnt (signature)
    where
        to_regprocedure(wnt.signature) is not null
        and not raw.is_our_routine(to_regprocedure(wnt.signature))
    order by wnt.signature
    limit 1;
    if found then
        raise exception 'the function % was not made by this warehouse, which would need its place; nothing was changed', foreign_routine
            using hint = 'Move it to another schema, or drop it; then run again.';
    end if;
end $$;
comment on function raw.check_routines(text []) is 'Raises where a function that this warehouse did not make has the name and arguments of one of its own.';

create or replace function raw.check_ownership(schemas text [], relations text []) returns void
language plpgsql as $$
declare
    foreign_relation text;
begin
    perform raw.lock_upgrades(); -- dbt makes schemas side by side
    perform raw.claim_schema(wnt.of_schema)
    from unnest(schemas) as wnt (of_schema);
    select wnt.relation into foreign_relation
    from unnest(relations) as wnt (relation)
    where
        -- a relation has a type of its name, so an enumeration or domain takes that name, too
        coalesce(to_regclass(wnt.relation)::oid, to_regtype(wnt.relation)::oid) is not null
        and not raw.is_ours(to_regclass(wnt.relation))
    order by wnt.relation
    limit 1;
    if found then
        raise exception '% was not made by this warehouse, which would need its place; nothing was changed', foreign_relation
            using hint = 'Move it to another schema, or drop it; then run again.';
    end if;
end $$;
comment on function raw.check_ownership(text [], text []) is 'Raises where a schema, relation or type that this warehouse did not make has the name of one of its own; claims schemas that are free.';
