// The unmodified snowflake-sdk against a running Freshet.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { before, after, test } = require('node:test');
const zlib = require('node:zlib');
const snowflake = require('snowflake-sdk');

snowflake.configure({ logLevel: 'ERROR', additionalLogToConsole: false });

const settings = {
  account: 'freshet',
  accessUrl: `http://${process.env.FRESHET_HOST}:${process.env.FRESHET_PORT}`,
  username: process.env.FRESHET_USER,
  password: process.env.FRESHET_PASSWORD,
};

function connect(overrides) {
  const connection = snowflake.createConnection({ ...settings, ...overrides });
  return new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve(connection))));
}

let connection;

function execute(sqlText, binds, options) {
  return new Promise((resolve, reject) =>
    connection.execute({
      sqlText,
      binds,
      ...options,
      complete: (error, statement, rows) => (error ? reject(error) : resolve({ statement, rows })),
    }));
}

async function rows(sqlText, binds, options) {
  return (await execute(sqlText, binds, options)).rows;
}

before(async () => {
  connection = await connect();
  for (const statement of ['CREATE OR REPLACE DATABASE js', 'CREATE OR REPLACE SCHEMA js.test', 'USE SCHEMA js.test']) {
    await execute(statement);
  }
});

after(() => new Promise((resolve) => connection.destroy(() => resolve())));

test('a wrong password is refused', async () => {
  await assert.rejects(connect({ password: 'wrong' }), /Incorrect username or password/);
});

test('the session knows its names', async () => {
  assert.deepEqual(await rows('SELECT current_database() AS d, current_schema() AS s'), [{ D: 'JS', S: 'TEST' }]);
});

test('every type arrives as its JavaScript type', async () => {
  const [row] = await rows(`
    SELECT 1::NUMBER(38,0) AS i, 12.50::NUMBER(10,2) AS d, 0.5::FLOAT AS f, 'text'::VARCHAR AS t, TRUE AS b, NULL::VARCHAR AS n,
           '2024-02-29'::DATE AS day, '12:34:56'::TIME AS tm, '2024-02-29 12:34:56.789'::TIMESTAMP_NTZ AS ntz,
           '2024-02-29 12:00:00 +0000'::TIMESTAMP_TZ AS tz, TO_BINARY('00ff', 'HEX') AS bin, PARSE_JSON('{"a":[1,2]}') AS v`);
  assert.equal(row.I, 1);
  assert.equal(row.D, 12.5);
  assert.equal(row.F, 0.5);
  assert.equal(row.T, 'text');
  assert.equal(row.B, true);
  assert.equal(row.N, null);
  assert.equal(row.DAY.toISOString(), '2024-02-29T00:00:00.000Z');
  assert.equal(row.TM, '12:34:56');
  assert.equal(row.NTZ.toISOString(), '2024-02-29T12:34:56.789Z');
  assert.equal(row.TZ.toISOString(), '2024-02-29T12:00:00.000Z');
  assert.deepEqual([...row.BIN], [0, 255]);
  assert.deepEqual(row.V, { a: [1, 2] });
});

test('the example runs', async () => {
  await execute('CREATE OR REPLACE TABLE customer (customer_id NUMBER, first_name VARCHAR, email VARCHAR)');
  await execute('CREATE OR REPLACE TABLE customer_raw (customer_id NUMBER, first_name VARCHAR, email VARCHAR)');
  await execute('CREATE OR REPLACE STREAM customer_changes ON TABLE customer');
  const insert = await execute("INSERT INTO customer VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bob', NULL)");
  assert.equal(insert.statement.getNumUpdatedRows(), 2);
  await execute("INSERT INTO customer_raw VALUES (2, 'Bob', 'bob@example.com'), (3, 'Cy', 'cy@example.com')");
  const merge = await execute(`
    MERGE INTO customer c USING customer_raw r ON c.customer_id = r.customer_id
    WHEN MATCHED THEN UPDATE SET c.email = r.email
    WHEN NOT MATCHED THEN INSERT (customer_id, first_name, email) VALUES (r.customer_id, r.first_name, r.email)`);
  assert.deepEqual(merge.rows, [{ 'number of rows inserted': 1, 'number of rows updated': 1 }]);
  assert.equal(merge.statement.getNumUpdatedRows(), 2);
  assert.deepEqual(await rows('SELECT customer_id AS id, email FROM customer ORDER BY 1'), [
    { ID: 1, EMAIL: 'ann@example.com' }, { ID: 2, EMAIL: 'bob@example.com' }, { ID: 3, EMAIL: 'cy@example.com' }]);
  assert.deepEqual(await rows('SELECT count(*) AS n FROM customer_changes'), [{ N: 3 }]);
});

test('an error has its code and state', async () => {
  await assert.rejects(execute('SELECT * FROM no_such_table'), (error) => {
    assert.equal(String(error.code), '002003');
    assert.equal(error.sqlState, '42S02');
    assert.match(error.message, /NO_SUCH_TABLE/);
    return true;
  });
});

test('binds keep their values', async () => {
  await execute('CREATE OR REPLACE TABLE bound (i NUMBER, f FLOAT, t VARCHAR, b BOOLEAN, n VARCHAR)');
  await execute('INSERT INTO bound VALUES (?, ?, ?, ?, ?)', [7, 0.25, "it's", true, null]);
  assert.deepEqual(await rows('SELECT * FROM bound WHERE i = :1', [7]), [{ I: 7, F: 0.25, T: "it's", B: true, N: null }]);
});

test('an array bind inserts every row', async () => {
  await execute('CREATE OR REPLACE TABLE many (i NUMBER, t VARCHAR)');
  const insert = await execute('INSERT INTO many VALUES (?, ?)', Array.from({ length: 1200 }, (_, i) => [i, `row ${i}`]));
  assert.equal(insert.statement.getNumUpdatedRows(), 1200);
  assert.deepEqual(await rows('SELECT count(*) AS n, sum(i) AS s FROM many'), [{ N: 1200, S: 719400 }]);
});

test('transactions commit and roll back', async () => {
  for (const statement of ['CREATE OR REPLACE TABLE kept (i NUMBER)', 'BEGIN', 'INSERT INTO kept VALUES (1)', 'ROLLBACK',
    'BEGIN', 'INSERT INTO kept VALUES (2)', 'COMMIT']) {
    await execute(statement);
  }
  assert.deepEqual(await rows('SELECT i FROM kept'), [{ I: 2 }]);
});

test('several statements at once', async () => {
  const seen = [];
  await new Promise((resolve, reject) =>
    connection.execute({
      sqlText: "SELECT 1 AS a; SELECT 'two' AS b",
      parameters: { MULTI_STATEMENT_COUNT: 2 },
      complete: (error, statement, result) => {
        if (error) return reject(error);
        seen.push(result);
        if (statement.hasNext()) statement.NextResult();
        else resolve();
      },
    }));
  assert.deepEqual(seen.at(-1), [{ B: 'two' }]);
});

test('a large result arrives whole', async () => {
  const { statement } = await execute(
    "SELECT seq4() AS i, repeat('x', 100) AS t FROM TABLE(GENERATOR(ROWCOUNT => 200000)) ORDER BY 1", undefined, { streamResult: true });
  let count = 0;
  let total = 0;
  for await (const row of statement.streamRows()) {
    count += 1;
    total += row.I;
  }
  assert.deepEqual([count, total], [200000, (200000 * 199999) / 2]);
});

test('an asynchronous statement is fetched later', async () => {
  const { statement } = await execute('SELECT 42 AS answer', undefined, { asyncExec: true });
  const fetched = await connection.getResultsFromQueryId({ queryId: statement.getQueryId() });
  const found = [];
  for await (const row of fetched.streamRows()) found.push(row);
  assert.deepEqual(found, [{ ANSWER: 42 }]);
});

test('PUT and GET move files', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'freshet-'));
  try {
    fs.writeFileSync(path.join(folder, 'data1.csv'), '1,one\n');
    fs.writeFileSync(path.join(folder, 'data2.csv'), '2,two\n');
    await execute('CREATE OR REPLACE STAGE files');
    await execute('CREATE OR REPLACE TABLE put (i NUMBER, t VARCHAR)');
    const put = await rows(`PUT file://${folder}/data*.csv @files/in AUTO_COMPRESS = TRUE`);
    assert.deepEqual(put.map((row) => [row.source, row.target, row.status]).sort(),
      [['data1.csv', 'data1.csv.gz', 'UPLOADED'], ['data2.csv', 'data2.csv.gz', 'UPLOADED']]);
    const [again] = await rows(`PUT file://${folder}/data1.csv @files/in`);
    assert.equal(again.status, 'SKIPPED');
    await execute('COPY INTO put FROM @files/in');
    assert.deepEqual(await rows('SELECT * FROM put ORDER BY i'), [{ I: 1, T: 'one' }, { I: 2, T: 'two' }]);
    const back = path.join(folder, 'back');
    fs.mkdirSync(back);
    const got = await rows(`GET @files/in file://${back}/`);
    assert.deepEqual(got.map((row) => row.status), ['DOWNLOADED', 'DOWNLOADED']);
    assert.equal(zlib.gunzipSync(fs.readFileSync(path.join(back, 'data1.csv.gz'))).toString(), '1,one\n');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
