-- The tables of the parameterised form: raw, stage and dimensions, and a table that remembers how far the last run came.
create database if not exists scd_demo;
use database scd_demo;
create schema if not exists scd2;
use schema scd2;

create or replace table customer_raw (
    customer_id number,
    first_name  varchar,
    last_name   varchar,
    email       varchar,
    street      varchar,
    city        varchar,
    state       varchar,
    country     varchar,
    load_time   timestamp_ntz default current_timestamp()
);

-- One row per customer of the batch in work, with a hash of all that may change.
create or replace table customer_stage (
    customer_id number,
    first_name  varchar,
    last_name   varchar,
    email       varchar,
    street      varchar,
    city        varchar,
    state       varchar,
    country     varchar,
    change_hash varchar,
    load_time   timestamp_ntz
);

-- SCD type 1
create or replace table customer (
    customer_id number,
    first_name  varchar,
    last_name   varchar,
    email       varchar,
    street      varchar,
    city        varchar,
    state       varchar,
    country     varchar,
    change_hash varchar,
    updated_at  timestamp_ntz
);

-- SCD type 2
create or replace table customer_history (
    customer_id number,
    first_name  varchar,
    last_name   varchar,
    email       varchar,
    street      varchar,
    city        varchar,
    state       varchar,
    country     varchar,
    change_hash varchar,
    start_time  timestamp_ntz,
    end_time    timestamp_ntz,
    is_current  boolean
);

-- LETS: the last extracted time stamp of each pipeline.
create or replace table parameter_control (
    pipeline_name  varchar,
    last_extracted timestamp_ntz
);
insert into parameter_control values ('customer', '1970-01-01'::timestamp_ntz);
