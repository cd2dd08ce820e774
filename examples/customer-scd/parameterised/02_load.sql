-- Files in the bucket → CUSTOMER_RAW; LOAD_TIME is the table's default.
use schema scd_demo.scd2;

create or replace file format csv_with_header
    type = csv
    field_delimiter = ','
    skip_header = 1
    field_optionally_enclosed_by = '"';

create or replace stage customer_ext_stage
    url = 's3://customer-data/stream_data'
    file_format = csv_with_header;

create or replace pipe customer_s3_pipe
    auto_ingest = true
    as
    copy into customer_raw (customer_id, first_name, last_name, email, street, city, state, country)
    from (select $1, $2, $3, $4, $5, $6, $7, $8 from @customer_ext_stage)
    file_format = (format_name = csv_with_header);
