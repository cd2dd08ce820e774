-- The tables of the triggered form. Streams carry the changes from table to table; nothing is truncated, so nothing can be lost.
create database if not exists scd_demo;
use database scd_demo;
create schema if not exists scd2;
use schema scd2;

-- What arrived, with where it came from: of several rows for one customer, the latest file and line wins. A row without an id, or
-- with fewer or more than eight fields (its file was cut), is refused with its file.
create or replace table customer_raw (
    customer_id      number not null,
    first_name       varchar,
    last_name        varchar,
    email            varchar,
    street           varchar,
    city             varchar,
    state            varchar,
    country          varchar,
    has_eight_fields boolean not null default true,
    file_name        varchar,
    file_row         number,
    loaded_at        timestamp_ntz default current_timestamp()
);

-- SCD type 1: one row per customer, the latest values.
create or replace table customer (
    customer_id number,
    first_name  varchar,
    last_name   varchar,
    email       varchar,
    street      varchar,
    city        varchar,
    state       varchar,
    country     varchar,
    updated_at  timestamp_ntz
);

-- SCD type 2: one row per version of a customer. The current one ends in the year 9999.
create or replace table customer_history (
    customer_id number,
    first_name  varchar,
    last_name   varchar,
    email       varchar,
    street      varchar,
    city        varchar,
    state       varchar,
    country     varchar,
    start_time  timestamp_ntz,
    end_time    timestamp_ntz,
    is_current  boolean
);

-- Raw rows are only ever added.
create or replace stream customer_raw_changes on table customer_raw append_only = true;
create or replace stream customer_changes on table customer;
