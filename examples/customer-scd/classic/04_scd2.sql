-- CUSTOMER → CUSTOMER_HISTORY, once a minute, from the stream.
use schema scd_demo.scd2;

-- The stream's changes as what is to be done with the history: I inserts a version, U and D end the current one.
create or replace view v_customer_change_data as
-- A new customer, and the new values of a changed one: a new current version.
select customer_id, first_name, last_name, email, street, city, state, country,
       update_timestamp as start_time,
       '9999-12-31'::timestamp_ntz as end_time,
       true as is_current,
       'I' as dml_type
from customer_table_changes
where metadata$action = 'INSERT'
union all
-- A changed customer: its current version ends where the new one starts.
select h.customer_id, h.first_name, h.last_name, h.email, h.street, h.city, h.state, h.country,
       h.start_time,
       c.update_timestamp as end_time,
       false as is_current,
       'U' as dml_type
from customer_history h
inner join customer_table_changes c
    on h.customer_id = c.customer_id
where c.metadata$action = 'INSERT' and c.metadata$isupdate and h.is_current
union all
-- A deleted customer: its current version ends now.
select h.customer_id, h.first_name, h.last_name, h.email, h.street, h.city, h.state, h.country,
       h.start_time,
       current_timestamp()::timestamp_ntz as end_time,
       false as is_current,
       'D' as dml_type
from customer_history h
inner join customer_table_changes c
    on h.customer_id = c.customer_id
where c.metadata$action = 'DELETE' and not c.metadata$isupdate and h.is_current;

create or replace task tsk_scd_hist
    warehouse = compute_wh
    schedule = '1 minute'
    error_on_nondeterministic_merge = false
as
    merge into customer_history h
    using v_customer_change_data v
        on h.customer_id = v.customer_id and h.start_time = v.start_time
    when matched and v.dml_type = 'U' then update set
        h.end_time = v.end_time,
        h.is_current = false
    when matched and v.dml_type = 'D' then update set
        h.end_time = v.end_time,
        h.is_current = false
    when not matched and v.dml_type = 'I' then insert
        (customer_id, first_name, last_name, email, street, city, state, country, start_time, end_time, is_current)
    values
        (v.customer_id, v.first_name, v.last_name, v.email, v.street, v.city, v.state, v.country, v.start_time, v.end_time, v.is_current);

alter task tsk_scd_hist resume;
