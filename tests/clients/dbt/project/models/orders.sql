{{ config(materialized='incremental', unique_key='id', on_schema_change='sync_all_columns', cluster_by=['ordered_on']) }}
select id, customer_id, amount, status, ordered_on
from {{ ref('raw_orders') }}
{% if is_incremental() %}
where ordered_on >= (select coalesce(max(ordered_on), '1900-01-01') from {{ this }}) - 1
{% endif %}
