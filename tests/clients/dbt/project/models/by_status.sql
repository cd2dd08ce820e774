{{ config(materialized='dynamic_table', target_lag='1 minute', snowflake_warehouse='COMPUTE_WH') }}
select status, count(*) as orders
from {{ ref('raw_orders') }}
group by 1
