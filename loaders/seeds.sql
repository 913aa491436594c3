-- The seeds are the analyst's to change: the rules that their rows keep, and the one step that
-- takes all changed seeds over, or none. Run after `loaders/ownership.sql`; every statement may
-- run again. The rules stand in `seeds/*.yml`; `warehouse run` asks them of the files
-- before it begins (`warehouse/seeds.py`), and dbt of what it has read (`macros/seeds/`).

alter table raw.runs add column if not exists awaited_seeds integer;
alter table raw.runs add column if not exists seeds_published_at timestamptz;
alter table raw.runs add column if not exists seeds_problem text;
comment on column raw.runs.awaited_seeds is 'How many seeds the run has to read before it may publish any.';
comment on column raw.runs.seeds_problem is 'What is wrong in the seeds, so that the run publishes nothing.';

create table if not exists raw.seed_drafts (
    invocation_id text not null,
    seed_name text not null,
    schema_name text not null,
    seed jsonb not null,
    drafted_at timestamptz not null default clock_timestamp(),
    primary key (invocation_id, seed_name)
);
comment on table raw.seed_drafts is 'One row per seed that a run has read and not published yet: its columns, their types, rules and rows.';

create table if not exists raw.seed_holds (
    workspace_id text not null,
    seed_name text not null,
    problem text not null,
    primary key (workspace_id, seed_name)
);
comment on table raw.seed_holds is 'One row per workspace and seed whose rows of that workspace are as they were before, because one of them is wrong: what is wrong, as a sentence. The loads of such a workspace wait.';

create or replace function raw.value_problem(
    value text, data_type text, rule jsonb, vocabulary text [], zones text [], of_row jsonb
) returns text
language plpgsql stable as $$
declare
    allowed text [] := case
        when rule -> 'one_of' = '"vocabulary"' then vocabulary
        when jsonb_typeof(rule -> 'one_of') = 'array'
            then array(select jsonb_array_elements_text(rule -> 'one_of'))
    end;
    lowest numeric := rule ->> 'at_least';
    highest numeric := coalesce((rule ->> 'at_most')::numeric, 1e12);
    other record;
begin
    if value is null then
        return case when rule -> 'required' = 'true' then 'write a value' end;
    end if;
    if value ~ '^\s|\s$' then
        return 'take the blank at its beginning or end away';
    end if;
    if allowed is not null and value <> all(allowed) then
        return 'write one of ' || array_to_string(allowed, ', ');
    end if;
    if data_type = 'boolean' and value !~* '^(true|false)$' then
        return 'write true or false';
    end if;
    if data_type in ('integer', 'bigint') and value !~ '^[+-]?[0-9]{1,9}$' then
        return 'write a whole number';
    end if;
    if data_type = 'numeric' and value !~ '^[+-]?([0-9]{1,15}([.][0-9]{0,15})?|[.][0-9]{1,15})$' then
        return 'write a number, with a point for decimals';
    end if;
    if data_type in ('integer', 'bigint', 'numeric') then
        if value::numeric < lowest or value::numeric > highest then
            return case
                when lowest is null then format('write a number up to %s', highest)
                else format('write a number from %s to %s', lowest, highest)
            end;
        end if;
        for other in select * from jsonb_each(coalesce(rule -> 'zero_unless', '{}')) loop
            if value::numeric <> 0 and not (other.value ? coalesce(of_row ->> other.key, '')) then
                return format(
                    'write 0, for the score counts only %s',
                    (select string_agg(item, ', ') from jsonb_array_elements_text(other.value) as item)
                );
            end if;
        end loop;
    end if;
    if data_type = 'date' then
        begin
            if value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' or value::date is null then
                return 'write a day, like 2026-03-01';
            end if;
        exception when others then
            return 'write a day, like 2026-03-01';
        end;
    end if;
    if rule ->> 'is' = 'time_zone' and lower(value) <> all(zones) then
        return 'write a time zone by its name, like Europe/Berlin';
    end if;
    if rule ->> 'is' = 'name' and value !~ '^[a-z][a-z_]*$' then
        return 'write a name of lower-case letters and _';
    end if;
    if rule ->> 'is' = 'pattern' then
        begin
            perform '' ~ value;
            if value !~ '[(](?![?])' then
                return 'put brackets around what is wanted';
            end if;
        exception when others then
            return 'write a regular expression';
        end;
    end if;
    return null;
end $$;
comment on function raw.value_problem(text, text, jsonb, text [], text [], jsonb) is 'What is right for a value of a seed; null where the value is.';

create or replace function raw.row_problem(seed_name text, seed jsonb, vocabulary text []) returns text
language plpgsql stable as $$
declare
    file text := 'seeds/' || seed_name || '.csv';
    wanted text [] := array(select jsonb_array_elements_text(seed -> 'columns'));
    found_columns text [] := array(select jsonb_array_elements_text(seed -> 'found'));
    rules jsonb := coalesce(seed -> 'rules', '{}');
    key text [] := array(select jsonb_array_elements_text(rules -> 'key'));
    wrong record;
    single record;
    missing text;
    zones text [] := case
        when jsonb_path_exists(rules, '$.columns.*.is ? (@ == "time_zone")')
            then array(select lower(name) from pg_catalog.pg_timezone_names)
    end;
begin
    if not (wanted <@ found_columns and found_columns <@ wanted)
        or cardinality(found_columns) <> cardinality(wanted)
    then
        return format(
            '%s, line 1: the columns are %s; write %s, with commas between them.',
            file, array_to_string(found_columns, ', '), array_to_string(wanted, ', ')
        );
    end if;
    select cell.line, cell.column_name, cell.value, cell.rightly into wrong
    from (
        select
            (row_.value ->> 'line')::bigint as line,
            col.place,
            col.name as column_name,
            row_.value -> 'values' ->> col.name as value,
            raw.value_problem(
                row_.value -> 'values' ->> col.name,
                seed -> 'types' ->> col.name,
                coalesce(rules -> 'columns' -> col.name, '{}'),
                vocabulary,
                zones,
                row_.value -> 'values'
            ) as rightly
        from jsonb_array_elements(seed -> 'rows') as row_ (value)
        cross join unnest(wanted) with ordinality as col (name, place)
    ) as cell
    where cell.rightly is not null
    order by cell.line, cell.place
    limit 1;
    if found then
        return format(
            '%s, line %s: %s is %s; %s.', file, wrong.line, wrong.column_name,
            case when wrong.value is null then 'empty' else quote_literal(left(wrong.value, 60)) end,
            wrong.rightly
        );
    end if;
    for single in
        select key as names
        where cardinality(key) > 0
        union all
        select array[col.key] as names
        from jsonb_each(coalesce(rules -> 'columns', '{}')) as col
        where col.value -> 'unique' = 'true'
    loop
        select dup.line, dup.first_line, dup.values into wrong
        from (
            select
                (row_.value ->> 'line')::bigint as line,
                min((row_.value ->> 'line')::bigint) over (partition by vls.values) as first_line,
                vls.values
            from jsonb_array_elements(seed -> 'rows') as row_ (value)
            cross join lateral (
                select array_agg(row_.value -> 'values' ->> nam.name order by nam.place) as values
                from unnest(single.names) with ordinality as nam (name, place)
            ) as vls
            where array_position(vls.values, null) is null or cardinality(single.names) > 1
        ) as dup
        where dup.line > dup.first_line
        order by dup.line
        limit 1;
        if found then
            return format(
                '%s, line %s: %s is %s, as in line %s already; keep one of the two.',
                file, wrong.line, array_to_string(single.names, ', '),
                quote_literal(array_to_string(wrong.values, ', ', 'empty')), wrong.first_line
            );
        end if;
    end loop;
    select wnt.name into missing
    from unnest(
        case
            when rules -> 'rows_for' = '"vocabulary"' then vocabulary
            when jsonb_typeof(rules -> 'rows_for') = 'array'
                then array(select jsonb_array_elements_text(rules -> 'rows_for'))
        end
    ) with ordinality as wnt (name, place)
    where not exists (
        select from jsonb_array_elements(seed -> 'rows') as row_ (value)
        where row_.value -> 'values' ->> key[1] = wnt.name
    )
    order by wnt.place
    limit 1;
    if found then
        return format('%s: there is no row whose %s is %L; write one.', file, key[1], missing);
    end if;
    for single in select col.value #>> '{}' as name from jsonb_array_elements(coalesce(rules -> 'one_empty', '[]')) as col loop
        if (
            select count(*) from jsonb_array_elements(seed -> 'rows') as row_ (value)
            where row_.value -> 'values' ->> single.name is null
        ) <> 1 then
            return format(
                '%s: exactly one row has to leave %s empty; it is for everybody else.', file, single.name
            );
        end if;
    end loop;
    if rules ? 'periods' then
        select lat.line, ear.line as first_line into wrong
        from (
            select (value ->> 'line')::bigint as line, value -> 'values' as cells
            from jsonb_array_elements(seed -> 'rows')
        ) as ear
        inner join (
            select (value ->> 'line')::bigint as line, value -> 'values' as cells
            from jsonb_array_elements(seed -> 'rows')
        ) as lat
            on
                ear.line <= lat.line
                and not exists (
                    select from jsonb_array_elements_text(rules -> 'periods' -> 'of') as name
                    where ear.cells ->> name is distinct from lat.cells ->> name
                )
        cross join lateral (
            select
                coalesce((ear.cells ->> (rules -> 'periods' ->> 'from'))::date, '-infinity') as ear_from,
                coalesce((ear.cells ->> (rules -> 'periods' ->> 'to'))::date, 'infinity') as ear_to,
                coalesce((lat.cells ->> (rules -> 'periods' ->> 'from'))::date, '-infinity') as lat_from,
                coalesce((lat.cells ->> (rules -> 'periods' ->> 'to'))::date, 'infinity') as lat_to
        ) as prd
        where
            ear.line = lat.line and prd.ear_from >= prd.ear_to
            or ear.line < lat.line and prd.ear_from < prd.lat_to and prd.lat_from < prd.ear_to
        order by lat.line, ear.line
        limit 1;
        if found then
            return case
                when wrong.line = wrong.first_line then format(
                    '%s, line %s: %s is not before %s; write an earlier day.', file, wrong.line,
                    rules -> 'periods' ->> 'from', rules -> 'periods' ->> 'to'
                )
                else format(
                    '%s, line %s: its days from %s to %s overlap those of line %s; let one row end where the other begins.',
                    file, wrong.line, rules -> 'periods' ->> 'from', rules -> 'periods' ->> 'to', wrong.first_line
                )
            end;
        end if;
    end if;
    return null;
end $$;
comment on function raw.row_problem(text, jsonb, text []) is 'The first thing that is wrong in one seed, as a sentence; null where nothing is.';

create or replace function raw.reference_problem(seeds jsonb, seed_name text, in_schema text) returns text
language plpgsql stable as $$
declare
    reference record;
    known text [];
    wrong record;
begin
    for reference in
        select
            col.key as column_name,
            split_part(col.value ->> 'of', '.', 1) as other_seed,
            split_part(col.value ->> 'of', '.', 2) as other_column
        from jsonb_each(coalesce(seeds -> seed_name -> 'rules' -> 'columns', '{}')) as col
        where col.value ? 'of'
    loop
        if seeds ? reference.other_seed then
            known := array(
                select row_.value -> 'values' ->> reference.other_column
                from jsonb_array_elements(seeds -> reference.other_seed -> 'rows') as row_ (value)
            );
        elsif to_regclass(format('%I.%I', in_schema, reference.other_seed)) is not null then
            execute format(
                'select array(select %I::text from %I.%I)', reference.other_column, in_schema,
                reference.other_seed
            ) into known;
        else
            continue;
        end if;
        select row_.value ->> 'line' as line, row_.value -> 'values' ->> reference.column_name as value
        into wrong
        from jsonb_array_elements(seeds -> seed_name -> 'rows') as row_ (value)
        where row_.value -> 'values' ->> reference.column_name <> all(known)
        order by (row_.value ->> 'line')::bigint
        limit 1;
        if found then
            return format(
                'seeds/%s.csv, line %s: %s is %L, which has no row in seeds/%s.csv; write one that has.',
                seed_name, wrong.line, reference.column_name, left(wrong.value, 60), reference.other_seed
            );
        end if;
    end loop;
    return null;
end $$;
comment on function raw.reference_problem(jsonb, text, text) is 'The first value of a seed that another seed should have and does not, as a sentence.';

create or replace function raw.seed_problem(seeds jsonb, vocabulary text [], in_schema text) returns text
language plpgsql stable as $$
declare
    seed record;
    problem text;
begin
    for seed in select * from jsonb_each(seeds) order by 1 loop
        problem := coalesce(
            raw.row_problem(seed.key, seed.value, vocabulary),
            raw.reference_problem(seeds, seed.key, in_schema)
        );
        if problem is not null then
            return problem;
        end if;
    end loop;
    return null;
end $$;
comment on function raw.seed_problem(jsonb, text [], text) is 'The first thing that is wrong in some seeds, as a sentence; null where nothing is.';

create or replace function raw.published_rows(in_schema text, seed_name text, of_workspace text) returns jsonb
language plpgsql stable as $$
declare
    found_rows jsonb := '[]';
begin
    if exists (
        select from pg_catalog.pg_attribute
        where
            attrelid = to_regclass(format('%I.%I', in_schema, seed_name))
            and attname = 'workspace_id' and not attisdropped
    ) then
        execute format(
            'select coalesce(jsonb_agg(jsonb_build_object(''line'', 0, ''values'', to_jsonb(sed))), ''[]'')'
            ' from %I.%I as sed where sed.workspace_id = $1', in_schema, seed_name
        ) into found_rows using of_workspace;
    end if;
    return found_rows;
end $$;
comment on function raw.published_rows(text, text, text) is 'The published rows of a seed that are of a workspace, in the form of a draft.';

-- A row that names its workspace holds that workspace alone. A wrong name holds the run: nobody
-- knows whom it was to name.
create or replace function raw.settle_seeds(seeds jsonb, vocabulary text [], in_schema text) returns jsonb
language plpgsql stable as $$
declare
    name text;
    problem text;
    wrong_line text;
    workspace text;
    held jsonb;
begin
    for name in
        select key from jsonb_each(seeds) where value -> 'columns' ? 'workspace_id' order by 1
    loop
        held := '{}';
        loop
            problem := coalesce(
                raw.row_problem(name, seeds -> name, vocabulary),
                raw.reference_problem(seeds, name, in_schema)
            );
            exit when
                problem is null
                or problem ~ ': workspace_id is ' and problem !~ ' already; keep one of the two';
            wrong_line := (regexp_match(problem, '^seeds/[a-z_]+[.]csv, line ([0-9]+): '))[1];
            workspace := (
                select row_.value -> 'values' ->> 'workspace_id'
                from jsonb_array_elements(seeds -> name -> 'rows') as row_ (value)
                where row_.value ->> 'line' = wrong_line
                limit 1
            );
            exit when workspace is null or held ? workspace;
            held := held || jsonb_build_object(workspace, problem);
            seeds := jsonb_set(seeds, array[name, 'rows'], coalesce(
                (
                    select jsonb_agg(row_.value)
                    from jsonb_array_elements(seeds -> name -> 'rows') as row_ (value)
                    where row_.value -> 'values' ->> 'workspace_id' is distinct from workspace
                ),
                '[]'
            ) || raw.published_rows(in_schema, name, workspace));
        end loop;
        seeds := jsonb_set(seeds, array[name, 'held'], held);
    end loop;
    return seeds;
end $$;
comment on function raw.settle_seeds(jsonb, text [], text) is 'Some seeds in which each workspace with a wrong row has its published rows; `held` says of each such workspace what is wrong.';

create or replace function raw.constrain_seed(relation regclass, seed jsonb) returns void
language plpgsql as $$
declare
    rules jsonb := coalesce(seed -> 'rules', '{}');
    wanted jsonb := '{}';
    definition text;
    col record;
    name text;
    of_name text := (select relname from pg_catalog.pg_class where oid = relation);
begin
    select format('unique nulls not distinct (%s)', string_agg(quote_ident(item), ', ')) into definition
    from jsonb_array_elements_text(rules -> 'key') as item;
    wanted := case when definition is null then wanted else wanted || jsonb_build_object('seed_' || md5(of_name || definition), definition) end;
    for col in select key, value as rule, seed -> 'types' ->> key as data_type from jsonb_each(coalesce(rules -> 'columns', '{}')) loop
        definition := concat_ws(
            ' and ',
            case when col.rule -> 'required' = 'true' then format('%I is not null', col.key) end,
            case when col.rule ? 'at_least' then format(
                '%I between %s and %s', col.key, col.rule ->> 'at_least', coalesce(col.rule ->> 'at_most', '1000000000000')
            ) end,
            case when jsonb_typeof(col.rule -> 'one_of') = 'array' then format(
                '%I in (%s)', col.key,
                (select string_agg(quote_literal(item), ', ') from jsonb_array_elements_text(col.rule -> 'one_of') as item)
            ) end
        );
        if definition <> '' then
            definition := format('check (%s)', definition);
            wanted := wanted || jsonb_build_object('seed_' || md5(of_name || definition), definition);
        end if;
    end loop;
    for name in
        select conname from pg_catalog.pg_constraint
        where conrelid = relation and conname ~ '^seed_[0-9a-f]{32}$' and not wanted ? conname::text
    loop
        execute format('alter table %s drop constraint %I', relation, name);
    end loop;
    for col in
        select key, value #>> '{}' as definition from jsonb_each(wanted)
        where not exists (
            select from pg_catalog.pg_constraint where conrelid = relation and conname = key
        )
    loop
        execute format('alter table %s add constraint %I %s', relation, col.key, col.definition);
    end loop;
end $$;
comment on function raw.constrain_seed(regclass, jsonb) is 'Gives the table of a seed the constraints that its rules stand for, so that nobody writes past them.';

create or replace function raw.publish_seeds(seeds jsonb, in_schema text) returns void
language plpgsql as $$
declare
    seed record;
    columns text;
begin
    for seed in select * from jsonb_each(seeds) order by 1 loop
        select string_agg(format('%I', col.name), ', ' order by col.place) into columns
        from jsonb_array_elements_text(seed.value -> 'columns') with ordinality as col (name, place);
        execute format('delete from %I.%I', in_schema, seed.key);
        execute format(
            'insert into %1$I.%2$I (%3$s) select %3$s from jsonb_populate_recordset(null::%1$I.%2$I,'
            ' (select jsonb_agg(item -> ''values'') from jsonb_array_elements($1) as item))',
            in_schema, seed.key, columns
        ) using seed.value -> 'rows';
        -- what joins a seed in this run is planned for its rows, not for one
        execute format('analyze %I.%I', in_schema, seed.key);
        begin
            set local lock_timeout = '200ms';
            perform raw.constrain_seed(to_regclass(format('%I.%I', in_schema, seed.key)), seed.value);
        exception when lock_not_available then null; -- somebody reads it; the next run tries again
        end;
        set local lock_timeout = 0;
    end loop;
end $$;
comment on function raw.publish_seeds(jsonb, text) is 'Replaces the rows of some seeds, of all in one transaction.';

create or replace function raw.draft_seed(
    invocation text, in_schema text, of_name text, of_seed jsonb, vocabulary text []
) returns text
language plpgsql as $$
declare
    awaited integer := (select awaited_seeds from raw.runs where invocation_id = invocation);
    is_published boolean := (select schema_prefix = '' from raw.runs where invocation_id = invocation);
    -- `warehouse run` names who waits; plain dbt could not
    settles boolean := is_published and coalesce(current_setting('warehouse.lock_holder', true), '') <> '';
    problem text := case when settles then null else raw.row_problem(of_name, of_seed, vocabulary) end;
    seeds jsonb;
begin
    lock table raw.seed_drafts in share row exclusive mode; -- one after the other: one is the last
    delete from raw.seed_drafts where invocation_id <> invocation;
    insert into raw.seed_drafts (invocation_id, seed_name, schema_name, seed)
    values (invocation, of_name, in_schema, of_seed);
    if problem is null and (select count(*) from raw.seed_drafts) >= coalesce(awaited, 1) then
        seeds := (select jsonb_object_agg(seed_name, seed) from raw.seed_drafts);
        if settles then
            seeds := raw.settle_seeds(seeds, vocabulary, in_schema);
        end if;
        problem := coalesce(
            (select seeds_problem from raw.runs where invocation_id = invocation),
            raw.seed_problem(seeds, vocabulary, in_schema)
        );
        if problem is null then
            perform raw.publish_seeds(seeds, in_schema);
            if is_published then
                delete from raw.seed_holds as hld where seeds ? hld.seed_name;
                insert into raw.seed_holds (workspace_id, seed_name, problem)
                select hld.key, sed.key, hld.value #>> '{}'
                from jsonb_each(seeds) as sed
                cross join lateral jsonb_each(coalesce(sed.value -> 'held', '{}')) as hld;
            end if;
            delete from raw.seed_drafts;
            update raw.runs set seeds_published_at = clock_timestamp() where invocation_id = invocation;
        end if;
    end if;
    update raw.runs set seeds_problem = problem
    where invocation_id = invocation and problem is not null and seeds_problem is null;
    return problem;
end $$;
comment on function raw.draft_seed(text, text, text, jsonb, text []) is 'Takes a seed that a run has read; with the last one of the run publishes all, unless something is wrong in one of them: returns that.';

create or replace function raw.await_seeds(invocation text) returns void
language plpgsql as $$
declare
    state record;
begin
    loop
        if (select invocation_id from raw.run_fence) is distinct from invocation then
            raise exception 'a newer run has begun; this one must not write any more'
                using hint = 'Let one dbt command end before the next; the newer run takes up what this one left.';
        end if;
        select
            run.awaited_seeds,
            run.seeds_published_at,
            run.seeds_problem,
            greatest(run.started_at, (select max(drafted_at) from raw.seed_drafts)) as moved_at
        into state
        from raw.runs as run
        where run.invocation_id = invocation;
        if not found or coalesce(state.awaited_seeds, 0) = 0 or state.seeds_published_at is not null then
            return;
        elsif state.seeds_problem is not null then
            raise exception 'nothing is built, and what was published stays: %', state.seeds_problem;
        elsif state.moved_at < clock_timestamp() - interval '30 seconds' then
            raise exception 'nothing is built, and what was published stays: a seed could not be read';
        end if;
        perform pg_sleep(0.05);
    end loop;
end $$;
comment on function raw.await_seeds(text) is 'Waits until a run has published its seeds; raises where they are refused, so that nothing is made of some of them.';
