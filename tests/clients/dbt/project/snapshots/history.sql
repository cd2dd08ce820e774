{% snapshot customer_history %}
{{ config(target_schema='history', unique_key='id', strategy='timestamp', updated_at='updated_at', invalidate_hard_deletes=True) }}
select id, name, updated_at::timestamp_ntz as updated_at from {{ ref('raw_customers') }}
{% endsnapshot %}

{% snapshot order_history %}
{{ config(target_schema='history', unique_key='id', strategy='check', check_cols=['status', 'amount']) }}
select * from {{ ref('raw_orders') }}
{% endsnapshot %}
