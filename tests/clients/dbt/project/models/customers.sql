{{ config(materialized='view', secure=true) }}
select id as customer_id, name, updated_at::timestamp_ntz as updated_at
from {{ ref('raw_customers') }}
