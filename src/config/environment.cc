#include "config/environment.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "config/names.h"
#include "core/ascii.h"
#include "core/utf8.h"

namespace sluice {
namespace {

// The length of the variable's name at the start of the text; 0 when there is none.
size_t NameLength(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  size_t n = 0;
  while (n < text.size() && (letter(text[n]) || (n > 0 && text[n] >= '0' && text[n] <= '9'))) ++n;
  return n;
}

// What `inside` (between `${` and `}`) stands for, added to `out`.
void Replace(std::string_view inside, const Environment& environment, Expanded* out) {
  const size_t length = NameLength(inside);
  const std::string name(inside.substr(0, length));
  const std::string_view rest = inside.substr(length);
  const bool has_default = rest.starts_with(":-");
  if (length == 0 || (!rest.empty() && !has_default) || rest.find("${") != std::string_view::npos) {
    out->faults.push_back({fmt::format("`${{{}}}` is not a variable", inside),
                           "write ${NAME} or ${NAME:-default}, and $${ for a plain ${"});
    return;
  }
  const std::string* value = environment.Find(name);
  if (value == nullptr && !has_default) {
    out->faults.push_back(
        {fmt::format("variable `{}` is not set", name),
         fmt::format("set it in the environment or with --env-file, or write ${{{}:-default}}", name)});
  } else if (value != nullptr && !IsUtf8(*value)) {
    out->faults.push_back(
        {fmt::format("variable `{}` is not UTF-8", name), "the pipeline file holds text only"});
  } else {
    out->text +=
        value == nullptr || (value->empty() && has_default) ? rest.substr(2) : std::string_view(*value);
  }
}

char Unescaped(char c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c; }

// A quoted value and nothing behind it but a comment; otherwise what is wrong.
std::string_view ReadQuoted(std::string_view text, std::string* out) {
  const char quote = text.front();
  size_t at = 1;
  while (at < text.size() && text[at] != quote) {
    const bool escape = quote == '"' && text[at] == '\\' && at + 1 < text.size();
    if (escape) ++at;
    *out += escape ? Unescaped(text[at]) : text[at];
    ++at;
  }
  if (at >= text.size()) return "the quote is not closed on its line";
  const std::string_view rest = Trim(text.substr(at + 1), " \t\r");
  return rest.empty() || rest.front() == '#' ? "" : "something follows the closing quote";
}

std::string_view ReadDotenvValue(std::string_view text, std::string* out) {
  text = Trim(text, " \t\r");
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) return ReadQuoted(text, out);
  if (text.starts_with('#')) return "";
  *out = Trim(text.substr(0, text.find(" #")));
  return "";
}

// One line: a name and a value, nothing (an empty name), or what is wrong.
std::string_view ReadDotenvLine(std::string_view line, std::string* name, std::string* value) {
  line = Trim(line, " \t\r");
  if (line.empty() || line.front() == '#') return "";
  if (line.starts_with("export ") || line.starts_with("export\t")) line = Trim(line.substr(7), " \t\r");
  const size_t length = NameLength(line);
  const std::string_view rest = Trim(line.substr(length), " \t\r");
  if (length == 0) return "a line must start with a variable's name";
  if (!rest.starts_with('=')) return "`=` is missing behind the name";
  *name = line.substr(0, length);
  return ReadDotenvValue(rest.substr(1), value);
}

}  // namespace

Environment Environment::OfProcess() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.variables_.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

std::vector<Diagnostic> Environment::AddDotenv(const std::string& file, std::string_view text) {
  Findings findings(file);
  std::map<std::string, std::string, std::less<>> added;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string name, value;
    const std::string_view wrong = ReadDotenvLine(text.substr(0, end), &name, &value);
    if (!wrong.empty()) {
      findings.Error({line, 1}, std::string(wrong), "lines are NAME=value, NAME=\"value\" or # a comment");
    } else if (!name.empty()) {
      added[name] = value;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  variables_.merge(added);
  return findings.Take();
}

const std::string* Environment::Find(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

Expanded ExpandVariables(std::string_view text, const Environment& environment) {
  Expanded out;
  while (!text.empty()) {
    const size_t dollar = std::min(text.find('$'), text.size());
    out.text += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      out.text += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const size_t end = text.find('}');
      if (end == std::string_view::npos) {
        out.faults.push_back(
            {"`${` is not closed", "write ${NAME} or ${NAME:-default}, and $${ for a plain ${"});
        return out;
      }
      Replace(text.substr(2, end - 2), environment, &out);
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      out.text += '$';
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace sluice
