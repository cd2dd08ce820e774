-- Files in the bucket → CUSTOMER_RAW, with the file's name and the line's number. Empty fields stay apart from missing ones until
-- the fields have been counted: a COPY with a transform does not count them by itself.
use schema scd_demo.scd2;

create or replace file format csv_with_header
    type = csv
    field_delimiter = ','
    skip_header = 1
    field_optionally_enclosed_by = '"'
    skip_blank_lines = true
    empty_field_as_null = false;

create or replace stage customer_ext_stage
    url = 's3://customer-data/stream_data'
    file_format = csv_with_header;

create or replace pipe customer_s3_pipe
    auto_ingest = true
    as
    copy into customer_raw (customer_id, first_name, last_name, email, street, city, state, country,
                            has_eight_fields, file_name, file_row)
    from (
        select $1, nullif($2, ''), nullif($3, ''), nullif($4, ''), nullif($5, ''), nullif($6, ''), nullif($7, ''), nullif($8, ''),
               iff($8 is not null and $9 is null, true, null), metadata$filename, metadata$file_row_number
        from @customer_ext_stage
    )
    file_format = (format_name = csv_with_header);
