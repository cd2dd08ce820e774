-- Two tasks without a schedule: each runs when its stream has data. A load wakes the first, the first's MERGE wakes the second.
use schema scd_demo.scd2;

-- CUSTOMER_RAW → CUSTOMER. QUALIFY keeps one row per customer, so that MERGE is deterministic. A row with nothing but the id says
-- that the customer is gone.
create or replace task tsk_customer
    warehouse = compute_wh
    when system$stream_has_data('customer_raw_changes')
as
    merge into customer c
    using (
        select customer_id, first_name, last_name, email, street, city, state, country,
               coalesce(first_name, last_name, email, street, city, state, country) is null as is_gone
        from customer_raw_changes
        qualify row_number() over (partition by customer_id order by loaded_at desc, file_name desc, file_row desc) = 1
    ) r
        on c.customer_id = r.customer_id
    when matched and r.is_gone then delete
    when matched and (
           c.first_name is distinct from r.first_name
        or c.last_name  is distinct from r.last_name
        or c.email      is distinct from r.email
        or c.street     is distinct from r.street
        or c.city       is distinct from r.city
        or c.state      is distinct from r.state
        or c.country    is distinct from r.country)
    then update set
        c.first_name = r.first_name,
        c.last_name  = r.last_name,
        c.email      = r.email,
        c.street     = r.street,
        c.city       = r.city,
        c.state      = r.state,
        c.country    = r.country,
        c.updated_at = current_timestamp()
    when not matched and not r.is_gone then insert
        (customer_id, first_name, last_name, email, street, city, state, country, updated_at)
    values
        (r.customer_id, r.first_name, r.last_name, r.email, r.street, r.city, r.state, r.country, current_timestamp());

-- CUSTOMER → CUSTOMER_HISTORY. The stream shows an update as a DELETE of the old values and an INSERT of the new ones: the first
-- finds the current version and ends it, the second never matches and becomes the new one, at the same moment. A deleted customer
-- is a DELETE alone.
create or replace task tsk_customer_history
    warehouse = compute_wh
    when system$stream_has_data('customer_changes')
as
    merge into customer_history h
    using (
        select customer_id, first_name, last_name, email, street, city, state, country, metadata$action as action
        from customer_changes
    ) s
        on h.customer_id = s.customer_id and h.is_current and s.action = 'DELETE'
    when matched then update set
        h.end_time = current_timestamp(),
        h.is_current = false
    when not matched and s.action = 'INSERT' then insert
        (customer_id, first_name, last_name, email, street, city, state, country, start_time, end_time, is_current)
    values
        (s.customer_id, s.first_name, s.last_name, s.email, s.street, s.city, s.state, s.country,
         current_timestamp(), '9999-12-31'::timestamp_ntz, true);

alter task tsk_customer_history resume;
alter task tsk_customer resume;
