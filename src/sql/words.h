#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace freshet::sql {

namespace words {

// The grammar's words and signs, between blanks. A word that a rule asks for and that does not stand here does not compile.
inline constexpr std::string_view k_signs = "!= $ % ( ) * + , - -> ->> . / : :: := ; < <= <> = => > >= ? [ ] ^ { | || }";
inline constexpr std::string_view k_reserved = // have to be quoted to be names
    "ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CREATE CROSS DELETE DISTINCT DROP ELSE EXISTS FALSE "
    "FOR FROM FULL GRANT GROUP HAVING ILIKE IN INNER INSERT INTERSECT INTO IS JOIN LATERAL LEFT LIKE MINUS NATURAL NOT "
    "NULL ON OR ORDER QUALIFY REGEXP REVOKE RIGHT RLIKE SAMPLE SELECT SET SOME TABLE TABLESAMPLE THEN TO TRUE TRY_CAST "
    "UNION UNIQUE UPDATE USING VALUES WHEN WHENEVER WHERE WITH";
inline constexpr std::string_view k_others =
    "ABORT ACCESS ACCOUNT ACCOUNTS ACTION ADD AFTER AGGREGATION ALERT ALLOWED_VALUES ALWAYS API APPEND_ONLY APPLICATION ASC "
    "ASOF ASYNC AT AUTHENTICATION AUTOINCREMENT AWAIT BEFORE BEGIN BERNOULLI BLOCK BODY BREAK CALL CALLED CALLER CANCEL "
    "CASCADE CATALOG CHANGES CLONE CLOSE CLUSTER CLUSTERING COLLATE COMMENT COMMIT COMPUTE CONFIG CONNECTION "
    "CONDITION CONNECT_BY_ROOT CONSTRAINT CONTINUE COPY CUBE CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER "
    "CURSOR DATA DATABASE DATE DATETIME DAY DAYS DECLARE DEFAULT DEFERRABLE DEFERRED DEFINE DESC DESCRIBE DIRECTED DISABLE DO "
    "DYNAMIC ELSEIF EMPTY ENABLE END ENFORCED ESCAPE EVENT EXCEPT EXCEPTION EXCLUDE EXECUTE EXIT EXPLAIN EXTERNAL "
    "EXTRACT FAILOVER FEATURE FETCH FILE FILES FINAL FINALIZE FIRST FOLLOWING FORCE FOREIGN FORMAT FUNCTION FUTURE GENERATED GET "
    "GIT GLOBAL GRANTS GRAPH GROUPING HEADER HISTORY HOUR HOURS HYBRID ICEBERG IDENTIFIER IDENTITY IF IGNORE IMAGE IMMEDIATE "
    "IMMUTABLE INCLUDE INCREMENT INDEX INFORMATION INITIALLY INOUT INPUT INSUFFICIENT INTEGRATION INTERNAL INTERVAL ITERATE KEY KEYS LANGUAGE "
    "LAST LET LIMIT LINEAR LIST LOCAL LOCALTIME LOCALTIMESTAMP LOCATION LOOP LS MANAGED MASKING MATCH MATCHED MATCHES "
    "MATCH_CONDITION MATCH_RECOGNIZE MATERIALIZED MAX MEASURES MEMOIZABLE MERGE MINUTE MINUTES MODEL MODIFY MONITOR MONTH MONTHS NAME "
    "NETWORK NEXT NO NOORDER NORELY NOTEBOOK NOTIFICATION NOVALIDATE NULLS OF OFFSET OMIT ONE ONLY OPEN OPTIMIZATION "
    "OPTION OUT OUTER OUTPUT OVER OVERWRITE OWNER PACKAGE PACKAGES PARTIAL PARTITION PASSWORD PAST PATTERN PER PERMUTE "
    "PIPE PIVOT POLICIES POLICY POOL PRECEDING PRECISION PRIMARY PRIOR PRIVILEGES PROCEDURE PROJECTION PUT RAISE RANGE RECURSIVE "
    "REFERENCES REFRESH RELY REMOVE RENAME REPEAT REPEATABLE REPLACE REPLICATION REPOSITORY RESET RESOURCE RESPECT "
    "RESTRICT RESTRICTED RESULT RESULTSET RESULTSET_FROM_CURSOR RESUME RETENTION RETRY RETURN RETURNS REVERSE RM ROLE ROLES "
    "ROLLBACK ROLLUP ROOT ROW ROWS RULE RUN RUNNING SCHEMA SCOPED SEARCH SECOND SECONDARY SECONDS SECRET SECURE SECURITY SEED SEQUENCE SERVICE "
    "SESSION SETS SHARE SHOW SIMPLE SKIP SQL STAGE STAGES START STARTS STATEMENT STORAGE STREAM STREAMLIT STRICT SUBSET SUSPEND "
    "SWAP SYSTEM TABLES TAG TASK TEMP TEMPLATE TEMPORARY TERSE TIME TIMESTAMP TIMESTAMP_LTZ TIMESTAMP_NTZ TIMESTAMP_TZ "
    "TOP TRACK TRANSACTION TRANSIENT TRIGGERS TRUNCATE TYPE UNBOUNDED UNDROP UNMATCHED UNPIVOT UNSET UNTIL USE USER "
    "USERS VALIDATE VARYING VIEW VIRTUAL VOLATILE VOLUME WAREHOUSE WEEK WEEKS WHILE WINDOW WITHIN WITHOUT WORK YEAR YEARS ZONE";

constexpr size_t count(std::string_view list) {
  return static_cast<size_t>(std::count(list.begin(), list.end(), ' ')) + 1;
}

inline constexpr size_t k_first_reserved = 1 + count(k_signs); // 0: no word of the grammar
inline constexpr size_t k_first_other = k_first_reserved + count(k_reserved);
inline constexpr size_t k_end = k_first_other + count(k_others);

constexpr auto make_texts() {
  std::array<std::string_view, k_end> texts{};
  size_t next = 1;
  for (std::string_view list : {k_signs, k_reserved, k_others}) {
    while (!list.empty()) {
      const std::string_view text = list.substr(0, list.find(' '));
      texts[next++] = text;
      list.remove_prefix(std::min(text.size() + 1, list.size()));
    }
  }
  return texts;
}
inline constexpr auto k_texts = make_texts();

inline constexpr size_t k_slots = 2048; // a power of two, four times as many as words, so that chains are short

constexpr size_t slot_of(std::string_view text) {
  const auto at = [text](size_t i) -> size_t { return static_cast<uint8_t>(text[i]); };
  const size_t mixed =
      text.size() + 31 * at(0) + 317 * at(text.size() - 1) + 1031 * at(text.size() / 2) + 5003 * at(text.size() / 3);
  return (mixed ^ (mixed >> 11)) % k_slots;
}

constexpr auto make_slots() {
  std::array<uint16_t, k_slots> slots{};
  for (size_t id = 1; id < k_end; ++id) {
    size_t slot = slot_of(k_texts[id]);
    while (slots[slot] != 0) slot = (slot + 1) % k_slots;
    slots[slot] = static_cast<uint16_t>(id);
  }
  return slots;
}
inline constexpr auto k_slot_ids = make_slots();

constexpr uint16_t find(std::string_view text) {
  if (text.empty()) return 0;
  for (size_t slot = slot_of(text); k_slot_ids[slot] != 0; slot = (slot + 1) % k_slots) {
    if (k_texts[k_slot_ids[slot]] == text) return k_slot_ids[slot];
  }
  return 0;
}

} // namespace words

/// A word or sign of the grammar as a number, which the lexer looks up once for each token and the rules compare.
class Word {
 public:
  constexpr Word() = default;                                 // none of the grammar's
  consteval Word(const char* text) : id_(words::find(text)) { // NOLINT(google-explicit-constructor): rules name them as texts
    if (id_ == 0) throw "the word has to stand in words.h";
  }
  /// `text` in upper case; none when the grammar does not have it. O(1).
  static constexpr Word of(std::string_view text) {
    Word word;
    word.id_ = words::find(text);
    return word;
  }

  constexpr std::string_view text() const { return words::k_texts[id_]; }
  constexpr bool is_reserved() const { return id_ >= words::k_first_reserved && id_ < words::k_first_other; }
  constexpr uint16_t id() const { return id_; }
  friend constexpr bool operator==(Word, Word) = default;

 private:
  uint16_t id_ = 0;
};

/// One to three words that stand for one thing: ROW ACCESS POLICY.
class Phrase {
 public:
  consteval Phrase(const char* text) : text_(text) { // NOLINT(google-explicit-constructor): as of Word
    for (std::string_view rest = text_; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      words_[count_] = Word::of(word);
      if (words_[count_++] == Word()) throw "the word has to stand in words.h";
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
  }

  constexpr std::string_view text() const { return text_; }
  constexpr const Word* begin() const { return words_.data(); }
  constexpr const Word* end() const { return words_.data() + count_; }

 private:
  std::string_view text_;
  std::array<Word, 3> words_;
  size_t count_ = 0;
};

} // namespace freshet::sql
