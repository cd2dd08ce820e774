-- The tables of the classic pattern: what arrives, what holds now, what ever held.
create database if not exists scd_demo;
use database scd_demo;
create schema if not exists scd2;
use schema scd2;

-- Files land here, as they are.
create or replace table customer_raw (
    customer_id number,
    first_name  varchar,
    last_name   varchar,
    email       varchar,
    street      varchar,
    city        varchar,
    state       varchar,
    country     varchar
);

-- SCD type 1: one row per customer, the latest values.
create or replace table customer (
    customer_id      number,
    first_name       varchar,
    last_name        varchar,
    email            varchar,
    street           varchar,
    city             varchar,
    state            varchar,
    country          varchar,
    update_timestamp timestamp_ntz default current_timestamp()
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

-- What changes in CUSTOMER, whoever changes it.
create or replace stream customer_table_changes on table customer;
