{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['id', 'customer_id'], on_schema_change='append_new_columns') }}
select id, customer_id, status {% if is_incremental() %}, amount {% endif %}
from {{ ref('raw_orders') }}
