#include "warehouse/tasks/tests/task_world.h"

/// The three forms of examples/customer-scd on a fake clock with the real file. The rows are inserted here; pipes are tested in
/// load/.
namespace freshet::warehouse {
namespace {

using namespace std::chrono_literals;

class CustomerScd : public TaskWorld {
 protected:
  void SetUp() override {
    TaskWorld::SetUp();
    std::ifstream file(std::string(FRESHET_SOURCE_DIR) + "/tests/data/customer_20241023154546.csv");
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      std::vector<std::string> fields;
      std::stringstream parts(line);
      for (std::string field; std::getline(parts, field, ',');) fields.push_back(field);
      ASSERT_EQ(fields.size(), 8u) << line;
      customers.push_back(std::move(fields));
    }
    ASSERT_EQ(customers.size(), 10'000u);
  }

  void run_example(const std::string& file) { run_script(std::string(FRESHET_SOURCE_DIR) + "/examples/customer-scd/" + file); }

  void load(const std::vector<std::vector<std::string>>& rows) {
    for (size_t start = 0; start < rows.size(); start += 1000) {
      std::string sql;
      for (size_t i = start; i < std::min(start + 1000, rows.size()); ++i) {
        sql +=
            sql.empty()
                ? "insert into customer_raw (customer_id, first_name, last_name, email, street, city, state, country) values "
                : ", ";
        for (size_t field = 0; field < 8; ++field) sql += (field == 0 ? "(" : ", ") + engine::quote_literal(rows[i][field]);
        sql += ")";
      }
      run(sql);
    }
  }
  /// 4,000 customers with another street, and 500 new ones.
  std::vector<std::vector<std::string>> second_file() const {
    std::vector<std::vector<std::string>> rows(customers.begin(), customers.begin() + 4000);
    for (auto& row : rows) row[4] = "1 Changed Street";
    for (int i = 0; i < 500; ++i) {
      rows.push_back(customers[size_t(i)]);
      rows.back()[0] = std::to_string(20'000 + i);
    }
    return rows;
  }
  std::string counts() {
    return ask(
        "select (select count(*) from customer_raw), (select count(*) from customer), (select count(*) from customer_history), "
        "(select count(*) from customer_history where is_current)");
  }
  /// Every customer has exactly one current version, equal to its row; versions neither overlap nor leave gaps.
  void check_history() {
    EXPECT_EQ(
        ask("select count(*) from customer c left join customer_history h on h.customer_id = c.customer_id and h.is_current "
            "where h.customer_id is null or h.street is distinct from c.street or h.first_name is distinct from c.first_name"),
        "0");
    EXPECT_EQ(ask("select count(*) from (select customer_id from customer_history where is_current group by customer_id having "
                  "count(*) > 1)"),
              "0");
    EXPECT_EQ(ask("select count(*) from (select end_time, lead(start_time) over (partition by customer_id order by start_time) "
                  "as following "
                  "from customer_history) where following is not null and following <> end_time"),
              "0");
  }

  std::vector<std::vector<std::string>> customers;
};

TEST_F(CustomerScd, ClassicForm) {
  for (const char* file : {"classic/01_tables.sql", "classic/03_scd1.sql", "classic/04_scd2.sql"}) run_example(file);
  load(customers);
  EXPECT_EQ(counts(), "10000 0 0 0");
  clock.advance(1min);
  tasks->run_due();
  EXPECT_EQ(counts(), "0 10000 10000 10000");
  load(second_file());
  clock.advance(1min);
  tasks->run_due();
  EXPECT_EQ(counts(), "0 10500 14500 10500");
  check_history();

  clock.advance(10s);
  run("update customer set first_name = 'Jessica', update_timestamp = current_timestamp()::timestamp_ntz where customer_id = "
      "72");
  run("delete from customer where customer_id = 73");
  clock.advance(50s);
  tasks->run_due();
  EXPECT_EQ(counts(), "0 10499 14501 10499");
  EXPECT_EQ(ask("select count(*), count_if(is_current), max(case when is_current then first_name end) from customer_history "
                "where customer_id = 72"),
            "3 1 Jessica");
  EXPECT_EQ(ask("select count(*), count_if(is_current), count_if(end_time < '9999-01-01'::timestamp_ntz) from customer_history "
                "where customer_id = 73"),
            "2 0 2");
  check_history();
  EXPECT_EQ(ask("select count(*) from table(information_schema.task_history(error_only => true))"), "0");
}

TEST_F(CustomerScd, TriggeredForm) {
  for (const char* file : {"triggered/01_tables.sql", "triggered/03_tasks.sql"}) run_example(file);
  load(customers);
  clock.advance(1s);
  tasks->run_due();
  EXPECT_EQ(counts(), "10000 10000 10000 10000");
  clock.advance(1s);
  load(second_file());
  clock.advance(1s);
  tasks->run_due();
  EXPECT_EQ(counts(), "14500 10500 14500 10500");
  check_history();
  // Several rows for one customer in one batch: the latest line wins; a row with the id alone ends the customer.
  run("insert into customer_raw (customer_id, first_name, file_name, file_row) values (72, 'Older', 'f', 1), (72, 'Newer', "
      "'f', 2), (73, null, 'f', 3)");
  clock.advance(1s);
  tasks->run_due();
  EXPECT_EQ(ask("select first_name from customer where customer_id = 72"), "Newer");
  EXPECT_EQ(ask("select count(*), count_if(is_current) from customer_history where customer_id = 73"), "2 0");
  check_history();
  EXPECT_EQ(ask("select count(*) from table(information_schema.task_history(error_only => true))"), "0");
}

TEST_F(CustomerScd, ParameterisedForm) {
  for (const char* file : {"parameterised/01_tables.sql", "parameterised/03_procedure.sql"}) run_example(file);
  load(customers);
  clock.advance(1min);
  tasks->run_due();
  EXPECT_EQ(counts(), "0 10000 10000 10000");
  load(second_file());
  clock.advance(1min);
  tasks->run_due();
  EXPECT_EQ(counts(), "0 10500 14500 10500");
  check_history();
  clock.advance(1min);
  tasks->run_due();
  EXPECT_EQ(ask("select count(*) from table(information_schema.task_history(error_only => true))"), "0");
}

} // namespace
} // namespace freshet::warehouse
