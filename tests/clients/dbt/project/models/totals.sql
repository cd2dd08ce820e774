{{ config(materialized='table', grants={'select': ['PUBLIC']}, post_hook="alter table {{ this }} set data_retention_time_in_days = 0") }}
select c.customer_id::number(38, 0) as customer_id, count(o.id)::number(18, 0) as orders, sum(o.amount)::number(18, 2) as total
from {{ ref('customers') }} as c
left join {{ ref('orders') }} as o using (customer_id)
group by 1
