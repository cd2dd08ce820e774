-- Files in the bucket → CUSTOMER_RAW. A pipe loads each new file as soon as the bucket announces it.
use schema scd_demo.scd2;

create or replace file format csv_with_header
    type = csv
    field_delimiter = ','
    skip_header = 1
    field_optionally_enclosed_by = '"';

-- On Snowflake: a storage integration with your bucket, or credentials.
create or replace stage customer_ext_stage
    url = 's3://customer-data/stream_data'
    file_format = csv_with_header;

create or replace pipe customer_s3_pipe
    auto_ingest = true
    as
    copy into customer_raw
    from @customer_ext_stage
    file_format = (format_name = csv_with_header);
