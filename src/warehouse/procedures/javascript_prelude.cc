#include "warehouse/procedures/javascript_prelude.h"

namespace freshet::warehouse {

const std::string_view k_prelude = R"js((function (native, global) {
  "use strict";
  const pad = (number, width) => String(number).padStart(width, "0");

  class SfDate extends Date {
    constructor(...parts) {
      super(...parts);
      Object.defineProperty(this, "meta", {value: {nanoseconds: 0, scale: 9, timezone: "UTC", text: null, isInstant: true}, enumerable: false});
    }
    getEpochSeconds() { return Math.floor(this.getTime() / 1000); }
    getNanoSeconds() {
      return ((this.getTime() % 1000) + 1000) % 1000 * 1000000 + this.meta.nanoseconds;
    }
    getScale() { return this.meta.scale; }
    getTimezone() { return this.meta.timezone; }
    toString() { return this.meta.text === null ? super.toString() : this.meta.text; }
  }

  function sqlTimestamp(date) {
    const nanoseconds = date instanceof SfDate ? date.getNanoSeconds() : date.getUTCMilliseconds() * 1000000;
    return pad(date.getUTCFullYear(), 4) + "-" + pad(date.getUTCMonth() + 1, 2) + "-" + pad(date.getUTCDate(), 2) + " " +
        pad(date.getUTCHours(), 2) + ":" + pad(date.getUTCMinutes(), 2) + ":" + pad(date.getUTCSeconds(), 2) + "." +
        pad(nanoseconds, 9);
  }

  function toScript(type, text, microseconds) {
    if (text === null) return null;
    switch (type) {
      case "number": return Number(text);
      case "boolean": return text === "true" || text === "TRUE" || text === "1";
      case "date": case "timestamp_ntz": case "timestamp_ltz": case "timestamp_tz": {
        const date = new SfDate(Math.floor(microseconds / 1000));
        date.meta.nanoseconds = ((microseconds % 1000) + 1000) % 1000 * 1000;
        date.meta.text = text;
        date.meta.isInstant = type === "timestamp_ltz" || type === "timestamp_tz"; // else a wall clock, read as UTC
        const offset = date.meta.isInstant ? text.match(/([+-]\d\d):?(\d\d)?$/) : null;
        if (offset !== null) date.meta.timezone = offset[1] + ":" + (offset[2] || "00");
        return date;
      }
      case "variant": return JSON.parse(text);
      case "binary": return Uint8Array.from(text.match(/../g) || [], (byte) => parseInt(byte, 16));
      default: return text;
    }
  }

  function fromScript(value) {
    if (value === null || value === undefined) return ["null", ""];
    if (typeof value === "number") return Number.isFinite(value) ? ["number", String(value)] : ["text", String(value)];
    if (typeof value === "bigint") return ["number", String(value)];
    if (typeof value === "boolean") return ["boolean", String(value)];
    if (typeof value === "string") return ["text", value];
    if (value instanceof SfDate && !value.meta.isInstant) return ["timestamp_ntz", sqlTimestamp(value)];
    if (value instanceof Date) return ["timestamp_ltz", sqlTimestamp(value) + "+00"];
    if (value instanceof Uint8Array) return ["binary", Array.from(value, (byte) => pad(byte.toString(16), 2)).join("").toUpperCase()];
    const json = JSON.stringify(value);
    return json === undefined ? ["null", ""] : ["variant", json];
  }

  function bindsOf(binds) {
    if (binds === undefined || binds === null) return [];
    if (!Array.isArray(binds)) throw new Error("binds must be an array, as in binds: [1, 'two']");
    return binds.map((value, index) => {
      if (value === null || typeof value === "number" || typeof value === "string" || value instanceof SfDate) return fromScript(value);
      throw new Error("Invalid binds argument" + String(value) + ". Error: Unsupported type for binding argument " + (index + 1) +
                      typeof value);
    });
  }

  function commandOf(command) {
    if (command === null || typeof command !== "object" || typeof command.sqlText !== "string" || command.sqlText.trim() === "")
      throw new Error("sqlText is missing or empty: pass an object such as {sqlText: 'select 1', binds: []}");
    return {sqlText: command.sqlText, binds: bindsOf(command.binds)};
  }

  function checked(answer) {
    if (!answer.failed) return answer;
    const error = new Error(answer.message);
    error.code = answer.code;
    error.state = answer.state;
    error.stackTraceTxt = answer.stackTraceTxt;
    throw error;
  }

  function columnIndex(answer, column) {
    let index = -1;
    if (typeof column === "number") index = column - 1;
    else if (typeof column === "string") {
      index = answer.names.indexOf(column);
      if (index < 0) index = answer.names.indexOf(column.toUpperCase());
    }
    if (!(index >= 0 && index < answer.names.length && Number.isInteger(index)))
      throw new Error("Given column name/index does not exist: " + String(column));
    return index;
  }

  const scriptTypes = {number: "number", boolean: "boolean", text: "string", time: "string", variant: "object", binary: "binary"};

  // What Statement and ResultSet share: the description of an executed statement.
  class Described {
    #answer = null;
    answerOrThrow() {
      if (this.#answer === null) throw new Error("Statement has not been executed yet: call execute() first");
      return this.#answer;
    }
    describe(answer) { this.#answer = answer; }
    getColumnCount() { return this.answerOrThrow().names.length; }
    getColumnName(column) { return this.answerOrThrow().names[columnIndex(this.answerOrThrow(), column)]; }
    getColumnScale(column) { return this.answerOrThrow().scales[columnIndex(this.answerOrThrow(), column)]; }
    getColumnSqlType(column) { return this.answerOrThrow().sqlTypes[columnIndex(this.answerOrThrow(), column)]; }
    getColumnType(column) { return scriptTypes[this.typeOf(column)] || "date"; }
    isColumnNullable(column) { return this.answerOrThrow().nullables[columnIndex(this.answerOrThrow(), column)]; }
    typeOf(column) { return this.answerOrThrow().types[columnIndex(this.answerOrThrow(), column)]; }
    isColumnText(column) { return this.typeOf(column) === "text"; }
    isColumnNumber(column) { return this.typeOf(column) === "number"; }
    isColumnBoolean(column) { return this.typeOf(column) === "boolean"; }
    isColumnBinary(column) { return this.typeOf(column) === "binary"; }
    isColumnDate(column) { return this.typeOf(column) === "date"; }
    isColumnTime(column) { return this.typeOf(column) === "time"; }
    isColumnTimestamp(column) { return this.typeOf(column).startsWith("timestamp"); }
    isColumnVariant(column) { return this.getColumnSqlType(column) === "VARIANT"; }
    isColumnObject(column) { return this.getColumnSqlType(column) === "OBJECT"; }
    isColumnArray(column) { return this.getColumnSqlType(column) === "ARRAY"; }
    getNumRowsInserted() { return this.answerOrThrow().inserted; }
    getNumRowsUpdated() { return this.answerOrThrow().updated; }
    getNumRowsDeleted() { return this.answerOrThrow().deleted; }
    getNumDuplicateRowsUpdated() { return this.answerOrThrow().duplicates; }
    getNumRowsAffected() { const answer = this.answerOrThrow(); return answer.inserted + answer.updated + answer.deleted; }
    getRowCount() { return this.answerOrThrow().rowCount; }
    getQueryId() { return this.answerOrThrow().queryId; }
  }

  class ResultSet extends Described {
    #row = null;
    constructor(answer) {
      super();
      this.describe(answer);
      answer.names.forEach((name, index) => {
        if (!(name in this))
          Object.defineProperty(this, name, {get: () => this.getColumnValue(index + 1), enumerable: true});
      });
    }
    next() {
      const row = checked(native.next(this.answerOrThrow().handle, "ResultSet.next"));
      this.#row = row.values;
      return this.#row !== null;
    }
    rowOrThrow() {
      if (this.#row === null) throw new Error("ResultSet is empty or not yet positioned on a row: call next() first");
      return this.#row;
    }
    getColumnValue(column) {
      const row = this.rowOrThrow(), answer = this.answerOrThrow(), index = columnIndex(answer, column);
      return toScript(answer.types[index], row[2 * index], row[2 * index + 1]);
    }
    getColumnValueAsString(column) {
      const row = this.rowOrThrow();
      return row[2 * columnIndex(this.answerOrThrow(), column)];
    }
  }

  class Statement extends Described {
    #command;
    constructor(command) {
      super();
      this.#command = command;
    }
    execute() { return this.run("Statement.execute"); }
    run(caller) {
      const answer = checked(native.execute(caller, this.#command.sqlText, this.#command.binds));
      this.describe(answer);
      return new ResultSet(answer);
    }
    getSqlText() { return this.#command.sqlText; }
  }

  const levels = ["off", "trace", "debug", "info", "warn", "error", "fatal"];
  const snowflake = Object.freeze({
    createStatement(command) { return new Statement(commandOf(command)); },
    execute(command) { return new Statement(commandOf(command)).run("Snowflake.execute"); },
    log(level, message) {
      if (!levels.includes(String(level).toLowerCase()))
        throw new Error("snowflake.log: the level is one of " + levels.join(", ") + ", not " + String(level));
      native.log(String(level).toLowerCase(), typeof message === "string" ? message : String(JSON.stringify(message)));
    },
    addEvent(name, attributes) {
      if (typeof name !== "string" || arguments.length > 2) throw new Error("snowflake.addEvent takes a name and an object of attributes");
      native.addEvent(name, JSON.stringify(attributes === undefined ? {} : attributes));
    },
    setSpanAttribute(key, value) {
      if (typeof key !== "string" || arguments.length !== 2) throw new Error("snowflake.setSpanAttribute takes a key and a value");
      native.setSpanAttribute(key, String(JSON.stringify(value)));
    },
  });

  Object.defineProperty(global, "snowflake", {value: snowflake, enumerable: true});
  Object.defineProperty(global, "SfDate", {value: SfDate});
  return {toScript, fromScript};
}))js";

} // namespace freshet::warehouse
