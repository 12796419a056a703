#include "http/wire.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>
#include <time.h>

#include "core/ascii.h"

namespace sluice::http {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

bool HasControls(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return true;
  }
  return false;
}

std::string_view View(string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct RequestReader::Parser : beast::basic_parser<true> {
  Request request;
  std::string target;
  State state = State::head;
  int version = 11;  // 10 or 11
  int status = 0;
  std::string detail;

  State Bad(int with, std::string why) {
    status = with;
    detail = std::move(why);
    return state = State::bad;
  }

  void on_request_impl(beast::verb, string_view method, string_view raw, int http_version,
                       error_code&) override {
    version = http_version;
    request.method = View(method);
    target = View(raw);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(beast::field, string_view name, string_view value, error_code&) override {
    if (state == State::head) request.headers.emplace_back(LowerCase(View(name)), std::string(View(value)));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<uint64_t> const&, error_code&) override {}
  size_t on_body_impl(string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  void Fail(const error_code& error);
  void CheckHead();
};

void RequestReader::Parser::Fail(const error_code& error) {
  if (error == beast::error::header_limit) {
    Bad(431, "the request's head is too long");
  } else if (error == beast::error::bad_version) {
    Bad(505, "HTTP/1.0 and HTTP/1.1 are spoken here");
  } else if (error == beast::error::bad_content_length || error == beast::error::bad_transfer_encoding ||
             error == beast::error::multiple_content_length) {
    Bad(400, "Content-Length and Transfer-Encoding must give one length, once");
  } else {
    Bad(400, "this is not an HTTP request: " + error.message());
  }
}

// What Beast lets pass and we do not: anything on which two readers could disagree where the body ends.
void RequestReader::Parser::CheckHead() {
  int hosts = 0;
  for (const auto& [name, value] : request.headers) {
    if (HasControls(value)) {
      Bad(400, "the value of the header '" + name + "' has control characters");
      return;
    }
    if (name == "host") ++hosts;
    if (name == "transfer-encoding" && (LowerCase(value) != "chunked" || version < 11)) {
      Bad(version < 11 ? 400 : 501, "the only Transfer-Encoding taken is chunked, from HTTP/1.1 on");
      return;
    }
  }
  if (hosts > 1 || (hosts == 0 && version >= 11)) {
    Bad(400, "a request needs one Host header");
    return;
  }
  state = is_done() ? State::done : State::body;
}

RequestReader::RequestReader(int64_t max_header) : parser_(std::make_unique<Parser>()) {
  parser_->header_limit(static_cast<uint32_t>(max_header));
  parser_->body_limit(boost::none);  // the route decides
  parser_->eager(false);
  parser_->request.headers.reserve(8);
}
RequestReader::~RequestReader() = default;

size_t RequestReader::Feed(std::string_view bytes) {
  Parser& parser = *parser_;
  size_t used = 0;
  while (used < bytes.size() && (parser.state == State::head || parser.state == State::body)) {
    error_code error;
    const size_t taken = parser.put({bytes.data() + used, bytes.size() - used}, error);
    used += taken;
    if (error && error != beast::error::need_more) {
      parser.Fail(error);
    } else if (parser.state == State::head && parser.is_header_done()) {
      parser.CheckHead();
      parser.eager(true);
      return used;
    } else if (parser.is_done()) {
      parser.state = State::done;
    } else if (error == beast::error::need_more || taken == 0) {
      break;
    }
  }
  return used;
}

RequestReader::State RequestReader::state() const { return parser_->state; }
Request& RequestReader::request() { return parser_->request; }
const std::string& RequestReader::raw_target() const { return parser_->target; }
bool RequestReader::is_http_1_0() const { return parser_->version < 11; }
bool RequestReader::keep_alive() const { return parser_->keep_alive(); }
bool RequestReader::has_body() const { return parser_->state == State::body; }
int RequestReader::error_status() const { return parser_->status; }
const std::string& RequestReader::error_detail() const { return parser_->detail; }
std::optional<uint64_t> RequestReader::content_length() const {
  const auto length = parser_->content_length();
  return length ? std::optional<uint64_t>(*length) : std::nullopt;
}

struct ResponseReader::Parser : beast::basic_parser<false> {
  Response response;
  std::string body;
  bool head_seen = false;

  void on_request_impl(beast::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view, int, error_code&) override { response.status = code; }
  void on_field_impl(beast::field, string_view name, string_view value, error_code&) override {
    if (!head_seen) response.headers.emplace_back(LowerCase(View(name)), std::string(View(value)));
  }
  void on_header_impl(error_code&) override { head_seen = true; }
  void on_body_init_impl(boost::optional<uint64_t> const&, error_code&) override {}
  size_t on_body_impl(string_view bytes, error_code&) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, string_view bytes, error_code&) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}
};

ResponseReader::ResponseReader(bool to_head) : parser_(std::make_unique<Parser>()) {
  parser_->skip(to_head);
  parser_->body_limit(boost::none);
  parser_->header_limit(64 << 10);
  parser_->eager(true);
}
ResponseReader::~ResponseReader() = default;

bool ResponseReader::Feed(std::string_view bytes) {
  error_code error;
  if (bytes.empty()) {
    if (!parser_->is_done()) parser_->put_eof(error);
    return !error;
  }
  rest_.append(bytes);
  size_t used = 0;
  while (used < rest_.size() && !parser_->is_done()) {
    const size_t taken = parser_->put({rest_.data() + used, rest_.size() - used}, error);
    used += taken;
    if (error && error != beast::error::need_more) return false;
    if (error || taken == 0) break;
  }
  rest_.erase(0, used);
  return true;
}

bool ResponseReader::has_head() const { return parser_->head_seen; }
bool ResponseReader::done() const { return parser_->is_done(); }
Response& ResponseReader::response() { return parser_->response; }
std::string ResponseReader::TakeBody() { return std::exchange(parser_->body, {}); }

std::string FormatHead(const Response& response, std::optional<size_t> length, bool keep_alive, bool http_1_0,
                       std::string_view date) {
  std::string head;
  head.reserve(256);
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += ReasonPhrase(response.status);
  head += "\r\ndate: ";
  head += date;
  for (const auto& [name, value] : response.headers) {
    if (HasControls(name) || HasControls(value))
      continue;  // or a handler's text could write headers of its own
    head += "\r\n";
    head += name;
    head += ": ";
    head += value;
  }
  if (length && response.status != 204 && response.status != 304) {
    head += "\r\ncontent-length: ";
    head += std::to_string(*length);
  }
  if (!keep_alive) {
    head += "\r\nconnection: close";
  } else if (http_1_0) {
    head += "\r\nconnection: keep-alive";
  }
  head += "\r\n\r\n";
  return head;
}

std::string FormatHttpDate(int64_t unix_seconds) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = unix_seconds;
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace sluice::http
