-- One procedure does it all, in one transaction: raw → stage → current and history, then remembers how far it came and cleans up.
use schema scd_demo.scd2;

create or replace procedure load_customer_dimensions()
returns string not null
language javascript
execute as caller
as
$$
    function run(sqlText, binds) { return snowflake.execute({sqlText: sqlText, binds: binds || []}); }

    run(`begin`);
    try {
        var batch = run(`select to_varchar(max(load_time)) as newest, count(*) as new_rows from customer_raw`);
        batch.next();
        if (batch.NEW_ROWS == 0) {
            run(`commit`);
            return "nothing to load";
        }
        var newest = batch.NEWEST;

        // A load that began before the last run may have committed after it: look back a little. The hash makes that harmless.
        run(`truncate table customer_stage`);
        run(`insert into customer_stage
             select customer_id, first_name, last_name, email, street, city, state, country,
                    md5(concat_ws('|', coalesce(first_name, ''), coalesce(last_name, ''), coalesce(email, ''), coalesce(street, ''),
                                  coalesce(city, ''), coalesce(state, ''), coalesce(country, ''))) as change_hash,
                    load_time
             from customer_raw
             where load_time > (select dateadd(minute, -5, last_extracted) from parameter_control where pipeline_name = 'customer')
             qualify row_number() over (partition by customer_id order by load_time desc) = 1`);

        // Type 2 first: it compares with what is current.
        run(`update customer_history h
             set end_time = current_timestamp(), is_current = false
             from customer_stage s
             where h.customer_id = s.customer_id and h.is_current and h.change_hash <> s.change_hash`);
        run(`insert into customer_history
             select s.customer_id, s.first_name, s.last_name, s.email, s.street, s.city, s.state, s.country, s.change_hash,
                    current_timestamp(), '9999-12-31'::timestamp_ntz, true
             from customer_stage s
             left join customer_history h on h.customer_id = s.customer_id and h.is_current
             where h.customer_id is null`);

        run(`merge into customer c
             using customer_stage s on c.customer_id = s.customer_id
             when matched and c.change_hash <> s.change_hash then update set
                 first_name = s.first_name, last_name = s.last_name, email = s.email, street = s.street, city = s.city,
                 state = s.state, country = s.country, change_hash = s.change_hash, updated_at = current_timestamp()
             when not matched then insert
                 (customer_id, first_name, last_name, email, street, city, state, country, change_hash, updated_at)
             values
                 (s.customer_id, s.first_name, s.last_name, s.email, s.street, s.city, s.state, s.country, s.change_hash,
                  current_timestamp())`);

        run(`update parameter_control set last_extracted = to_timestamp_ntz(?) where pipeline_name = 'customer'`, [newest]);
        run(`delete from customer_raw where load_time <= to_timestamp_ntz(?)`, [newest]);
        run(`truncate table customer_stage`);
        run(`commit`);
        return batch.NEW_ROWS + " rows loaded";
    } catch (error) {
        run(`rollback`);
        throw error;
    }
$$;

create or replace task tsk_load_customer
    warehouse = compute_wh
    schedule = '1 minute'
as
    call load_customer_dimensions();

alter task tsk_load_customer resume;
