-- CUSTOMER_RAW → CUSTOMER, once a minute: changed customers are updated, new ones inserted, then the raw rows are removed.
--
-- Note: rows that the pipe loads between the MERGE and the TRUNCATE are lost. The triggered form reads a stream instead, and is safe.
use schema scd_demo.scd2;

create or replace procedure pdr_scd_demo()
returns string not null
language javascript
as
$$
    // IS DISTINCT FROM is a comparison that treats NULL as a value.
    var merge_raw = `
        merge into customer c
        using customer_raw cr
            on c.customer_id = cr.customer_id
        when matched and (
               c.first_name is distinct from cr.first_name
            or c.last_name  is distinct from cr.last_name
            or c.email      is distinct from cr.email
            or c.street     is distinct from cr.street
            or c.city       is distinct from cr.city
            or c.state      is distinct from cr.state
            or c.country    is distinct from cr.country)
        then update set
            c.first_name = cr.first_name,
            c.last_name  = cr.last_name,
            c.email      = cr.email,
            c.street     = cr.street,
            c.city       = cr.city,
            c.state      = cr.state,
            c.country    = cr.country,
            c.update_timestamp = current_timestamp()
        when not matched then insert
            (c.customer_id, c.first_name, c.last_name, c.email, c.street, c.city, c.state, c.country, c.update_timestamp)
        values
            (cr.customer_id, cr.first_name, cr.last_name, cr.email, cr.street, cr.city, cr.state, cr.country, current_timestamp());`;

    var clean_raw = `truncate table customer_raw;`;

    var merge = snowflake.createStatement({sqlText: merge_raw});
    merge.execute();
    snowflake.execute({sqlText: clean_raw});
    return "inserted " + merge.getNumRowsInserted() + ", updated " + merge.getNumRowsUpdated();
$$;

-- A customer that arrives twice in one minute is no error: one of the rows is taken.
create or replace task tsk_scd_raw
    warehouse = compute_wh
    schedule = '1 minute'
    error_on_nondeterministic_merge = false
as
    call pdr_scd_demo();

-- Tasks are created suspended.
alter task tsk_scd_raw resume;
