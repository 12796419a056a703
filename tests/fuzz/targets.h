// Fuzz targets: one function for each door that takes bytes of strangers. Each has a libFuzzer program
// (NAME_fuzz.cc, built with clang by `./dev fuzz`) and is replayed over its corpus (corpus/NAME/) in every
// test run. A target returns on every input; a crash, a sanitizer report or a failed check is the finding.
#pragma once

#include <string_view>

namespace sluice {

// Ends the process, which is how a fuzzer hears of it, unless it holds.
void Must(bool holds);

// A pipeline file, loaded, and where it is good checked and shown. Corpus: corpus/config.
void FuzzPipelineFile(std::string_view bytes);
// A dotenv file. Corpus: corpus/config.
void FuzzDotenv(std::string_view bytes);
void FuzzHttpTarget(std::string_view bytes);

// The first byte chooses what the stream does with unknown fields, the rest is the input.
void FuzzCodecJson(std::string_view bytes);    // corpus/codec_json
void FuzzCodecNdjson(std::string_view bytes);  // corpus/codec_ndjson
void FuzzCodecCsv(std::string_view bytes);     // corpus/codec_csv

// One stored batch of the embedded log; the checksum is also made right, to get behind it.
void FuzzLogBatch(std::string_view bytes);  // corpus/log_batch

}  // namespace sluice
