#include "bench/figure.h"
#include "bench/tpch.h"

namespace freshet::bench {
namespace {

constexpr TpchTable k_tables[] = {
    {"region", "r_regionkey INTEGER, r_name VARCHAR(25), r_comment VARCHAR(152)"},
    {"nation", "n_nationkey INTEGER, n_name VARCHAR(25), n_regionkey INTEGER, n_comment VARCHAR(152)"},
    {"supplier",
     "s_suppkey BIGINT, s_name VARCHAR(25), s_address VARCHAR(40), s_nationkey INTEGER, s_phone VARCHAR(15), s_acctbal "
     "DECIMAL(15,2), s_comment VARCHAR(101)"},
    {"part",
     "p_partkey BIGINT, p_name VARCHAR(55), p_mfgr VARCHAR(25), p_brand VARCHAR(10), p_type VARCHAR(25), p_size INTEGER, "
     "p_container VARCHAR(10), p_retailprice DECIMAL(15,2), p_comment VARCHAR(23)"},
    {"partsupp",
     "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INTEGER, ps_supplycost DECIMAL(15,2), ps_comment VARCHAR(199)"},
    {"customer",
     "c_custkey BIGINT, c_name VARCHAR(25), c_address VARCHAR(40), c_nationkey INTEGER, c_phone VARCHAR(15), c_acctbal "
     "DECIMAL(15,2), c_mktsegment VARCHAR(10), c_comment VARCHAR(117)"},
    {"orders",
     "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus VARCHAR(1), o_totalprice DECIMAL(15,2), o_orderdate DATE, "
     "o_orderpriority VARCHAR(15), o_clerk VARCHAR(15), o_shippriority INTEGER, o_comment VARCHAR(79)"},
    {"lineitem",
     "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INTEGER, l_quantity DECIMAL(15,2), l_extendedprice "
     "DECIMAL(15,2), l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag VARCHAR(1), l_linestatus VARCHAR(1), "
     "l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipinstruct VARCHAR(25), l_shipmode VARCHAR(10), l_comment "
     "VARCHAR(44)"},
};

// Everything random is a hash of the row's key and the column's name.
constexpr const char* k_macros = R"sql(
CREATE MACRO number_of(key, salt, low, high) AS low + (hash(key, salt) % (high - low + 1)::UBIGINT)::BIGINT;
CREATE MACRO one_of(key, salt, words) AS words[number_of(key, salt, 1, len(words))];
CREATE MACRO sentence(key, salt) AS concat_ws(' ',
  one_of(key, salt || 1, ['furiously', 'quickly', 'slowly', 'boldly', 'blithely', 'never', 'always', 'carefully']),
  one_of(key, salt || 2, ['final', 'special', 'regular', 'pending', 'express', 'unusual', 'silent', 'even', 'ironic']),
  one_of(key, salt || 3, ['requests', 'deposits', 'accounts', 'packages', 'theodolites', 'pinto beans', 'foxes', 'ideas']),
  one_of(key, salt || 4, ['sleep', 'wake', 'nag', 'haggle', 'detect', 'cajole', 'integrate', 'boost']));
CREATE MACRO address_of(key) AS substr(md5(key::VARCHAR), 1, number_of(key, 'address', 10, 32));
CREATE MACRO phone_of(key, nation) AS printf('%d-%03d-%03d-%04d', 10 + nation, number_of(key, 'p1', 100, 999),
  number_of(key, 'p2', 100, 999), number_of(key, 'p3', 1000, 9999));
CREATE MACRO cents(key, salt, low, high) AS (number_of(key, salt, low, high) / 100)::DECIMAL(15,2);
CREATE MACRO price_of(part) AS (90000 + (part // 10) % 20001 + 100 * (part % 1000))::DECIMAL(15,2) / 100;
CREATE MACRO supplier_of(part, place) AS (part + place * (2500 + (part - 1) // 10000)) % 10000 + 1;
CREATE MACRO dateadd(part, number, moment) AS (CASE part WHEN 'day' THEN moment + to_days(number::INTEGER)
  WHEN 'month' THEN moment + to_months(number::INTEGER) ELSE moment + to_years(number::INTEGER) END)::DATE;
CREATE MACRO iff(condition, yes, otherwise) AS CASE WHEN condition THEN yes ELSE otherwise END;
)sql";

constexpr const char* k_rows = R"sql(
INSERT INTO region SELECT i, ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'][i + 1], sentence(i, 'r') FROM range(5) t(i);
INSERT INTO nation SELECT i,
    ['ALGERIA', 'ARGENTINA', 'BRAZIL', 'CANADA', 'EGYPT', 'ETHIOPIA', 'FRANCE', 'GERMANY', 'INDIA', 'INDONESIA', 'IRAN', 'IRAQ',
     'JAPAN', 'JORDAN', 'KENYA', 'MOROCCO', 'MOZAMBIQUE', 'PERU', 'CHINA', 'ROMANIA', 'SAUDI ARABIA', 'VIETNAM', 'RUSSIA',
     'UNITED KINGDOM', 'UNITED STATES'][i + 1],
    [0, 1, 1, 1, 4, 0, 3, 3, 2, 2, 4, 4, 2, 4, 0, 0, 0, 1, 2, 3, 4, 2, 3, 3, 1][i + 1], sentence(i, 'n')
  FROM range(25) t(i);
INSERT INTO supplier
  SELECT i, printf('Supplier#%09d', i), address_of(i), nation, phone_of(i, nation), cents(i, 's', -99999, 999999),
    sentence(i, 's') || CASE WHEN i % 2000 = 7 THEN ' Customer very Complaints' ELSE '' END
  FROM (SELECT i, number_of(i, 'sn', 0, 24) AS nation FROM range(1, 10001) t(i));
INSERT INTO part
  WITH lists AS (SELECT ['almond', 'antique', 'azure', 'beige', 'black', 'blue', 'brown', 'burlywood', 'chartreuse', 'chocolate',
    'coral', 'cream', 'cyan', 'dark', 'dodger', 'drab', 'firebrick', 'forest', 'ghost', 'gold', 'green', 'grey', 'honeydew',
    'indian', 'ivory', 'khaki', 'lace', 'lavender', 'lemon', 'linen', 'magenta', 'maroon', 'mint', 'navy', 'olive', 'orange',
    'orchid', 'pale', 'peach', 'peru', 'pink', 'plum', 'puff', 'red', 'rose', 'saddle', 'salmon', 'sienna', 'sky', 'slate',
    'smoke', 'snow', 'spring', 'steel', 'tan', 'thistle', 'tomato', 'turquoise', 'violet', 'wheat', 'white', 'yellow'] AS colours)
  SELECT i, concat_ws(' ', one_of(i, 'n1', colours), one_of(i, 'n2', colours), one_of(i, 'n3', colours),
      one_of(i, 'n4', colours), one_of(i, 'n5', colours)),
    'Manufacturer#' || maker, 'Brand#' || maker || number_of(i, 'brand', 1, 5),
    concat_ws(' ', one_of(i, 't1', ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO']),
      one_of(i, 't2', ['ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED']),
      one_of(i, 't3', ['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'])),
    number_of(i, 'size', 1, 50),
    one_of(i, 'c1', ['SM', 'LG', 'MED', 'JUMBO', 'WRAP']) || ' ' ||
      one_of(i, 'c2', ['CASE', 'BOX', 'BAG', 'JAR', 'PKG', 'PACK', 'CAN', 'DRUM']),
    price_of(i), substr(sentence(i, 'p'), 1, 22)
  FROM (SELECT i, number_of(i, 'maker', 1, 5) AS maker FROM range(1, 200001) t(i)), lists;
INSERT INTO partsupp
  SELECT i, supplier_of(i, place), number_of(i * 4 + place, 'qty', 1, 9999), cents(i * 4 + place, 'cost', 100, 100000),
    sentence(i * 4 + place, 'ps') || ' ' || sentence(i * 4 + place, 'ps2') || ' ' || sentence(i * 4 + place, 'ps3')
  FROM range(1, 200001) t(i), range(4) u(place);
INSERT INTO customer
  SELECT i, printf('Customer#%09d', i), address_of(i + 1000000), nation, phone_of(i, nation), cents(i, 'c', -99999, 999999),
    one_of(i, 'segment', ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'HOUSEHOLD', 'MACHINERY']), sentence(i, 'c1') || ' ' || sentence(i, 'c2')
  FROM (SELECT i, number_of(i, 'cn', 0, 24) AS nation FROM range(1, 150001) t(i));
CREATE TEMP TABLE headers AS
  SELECT (i // 8) * 32 + i % 8 + 1 AS orderkey, number_of(i, 'customer', 0, 99999) AS who,
    '1992-01-01'::DATE + number_of(i, 'date', 0, 2405)::INTEGER AS orderdate
  FROM range(1500000) t(i);
INSERT INTO lineitem
  SELECT orderkey, partkey, supplier_of(partkey, number_of(id, 'place', 0, 3)), line, quantity, quantity * price_of(partkey),
    number_of(id, 'discount', 0, 10) / 100, number_of(id, 'tax', 0, 8) / 100,
    CASE WHEN receipt > '1995-06-17' THEN 'N' ELSE one_of(id, 'flag', ['R', 'A']) END,
    CASE WHEN ship > '1995-06-17' THEN 'O' ELSE 'F' END, ship, committed, receipt,
    one_of(id, 'instruct', ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN']),
    one_of(id, 'mode', ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB']), sentence(id, 'l')
  FROM (SELECT *, ship + number_of(id, 'receipt', 1, 30)::INTEGER AS receipt
        FROM (SELECT orderkey, line, orderkey * 8 + line AS id, number_of(orderkey * 8 + line, 'part', 1, 200000) AS partkey,
                number_of(orderkey * 8 + line, 'quantity', 1, 50) AS quantity,
                orderdate + number_of(orderkey * 8 + line, 'ship', 1, 121)::INTEGER AS ship,
                orderdate + number_of(orderkey * 8 + line, 'commit', 30, 90)::INTEGER AS committed
              FROM (SELECT *, unnest(range(1, number_of(orderkey, 'lines', 1, 7) + 1)) AS line FROM headers)));
INSERT INTO orders
  SELECT orderkey, (who // 2) * 3 + who % 2 + 1, status, total, orderdate,
    one_of(orderkey, 'priority', ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW']),
    printf('Clerk#%09d', number_of(orderkey, 'clerk', 1, 1000)), 0, sentence(orderkey, 'o1') || ' ' || sentence(orderkey, 'o2')
  FROM headers JOIN (
    SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS total,
      CASE min(l_linestatus) || max(l_linestatus) WHEN 'FF' THEN 'F' WHEN 'OO' THEN 'O' ELSE 'P' END AS status
    FROM lineitem GROUP BY l_orderkey) ON l_orderkey = orderkey;
DROP TABLE headers;
CHECKPOINT;
)sql";

} // namespace

std::span<const TpchTable> tpch_tables() {
  return k_tables;
}

void make_tpch_tables(engine::Connection& duckdb) {
  must(duckdb.execute(k_macros));
  for (const auto& table : k_tables)
    must(duckdb.execute("CREATE TABLE " + std::string(table.name) + " (" + std::string(table.columns) + ")"));
  must(duckdb.execute(k_rows));
}

} // namespace freshet::bench
