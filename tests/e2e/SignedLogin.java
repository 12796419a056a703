import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * A broker's side of IAM access control: a client shows a presigned URL in base64url, whoever can sign it is admitted. What is
 * checked is what AWS documents of Signature Version 4 and what its signer libraries send. Stands in for Amazon MSK, which
 * cannot be had here. The broker's working directory holds accepted.txt, read for each login, with lines
 * "ACCESS_KEY SECRET [SESSION_TOKEN END]" (END in seconds since 1970), and gets logins.txt: "admitted URL" or "refused REASON".
 */
public class SignedLogin implements AuthenticateCallbackHandler {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final long CLOCKS_APART = 300;
    private static final Object LOGINS = new Object();

    private record Keys(String secret, String session, long end) { }

    private record Admitted(String value, long lifetimeMs, String principalName) implements OAuthBearerToken {
        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public Long startTimeMs() {
            return null;
        }
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String reason) {
            super(reason);
        }
    }

    @Override
    public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) { }

    @Override
    public void close() { }

    @Override
    public void handle(Callback[] callbacks) throws IOException {
        for (Callback callback : callbacks) {
            if (callback instanceof OAuthBearerValidatorCallback login) {
                judge(login);
            } else if (callback instanceof OAuthBearerExtensionsValidatorCallback extensions) {
                extensions.inputExtensions().map().keySet().forEach(extensions::valid);
            }
        }
    }

    private void judge(OAuthBearerValidatorCallback login) throws IOException {
        try {
            String url = new String(Base64.getUrlDecoder().decode(login.tokenValue()), StandardCharsets.UTF_8);
            login.token(admit(login.tokenValue(), URI.create(url)));
            note("admitted " + url);
        } catch (Refused | RuntimeException | GeneralSecurityException wrong) {
            note("refused " + wrong.getMessage());
            login.error("invalid_token", null, null);
        }
    }

    private static void note(String line) throws IOException {
        synchronized (LOGINS) {
            Files.writeString(Path.of("logins.txt"), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    private static void check(boolean right, String reason) throws Refused {
        if (!right) {
            throw new Refused(reason);
        }
    }

    private static Admitted admit(String token, URI url) throws Refused, IOException, GeneralSecurityException {
        TreeMap<String, String> query = new TreeMap<>();
        for (String part : url.getRawQuery().split("&")) {
            String[] pair = part.split("=", 2);
            check(query.put(decoded(pair[0]), decoded(pair[1])) == null, "a parameter twice");
        }
        String[] scope = query.get("X-Amz-Credential").split("/");
        check(scope.length == 5 && scope[3].equals("kafka-cluster") && scope[4].equals("aws4_request"), "another scope");
        String time = query.get("X-Amz-Date");
        check(time.startsWith(scope[1]), "a scope of another day");
        check("https".equals(url.getScheme()) && url.getHost().equals("kafka." + scope[2] + ".amazonaws.com"), "another host");
        check("/".equals(url.getRawPath()), "another path");
        check("kafka-cluster:Connect".equals(query.get("Action")), "another action");
        check("AWS4-HMAC-SHA256".equals(query.get("X-Amz-Algorithm")), "another algorithm");
        check("host".equals(query.get("X-Amz-SignedHeaders")), "other signed headers");
        check(!query.remove("User-Agent").isEmpty(), "no user agent");

        long signed = Instant.from(TIME.parse(time)).getEpochSecond();
        long valid = Long.parseLong(query.get("X-Amz-Expires"));
        long now = Instant.now().getEpochSecond();
        check(valid > 0 && valid <= 900, "valid for too long");
        check(signed < now + CLOCKS_APART && now < signed + valid, "expired");

        Keys keys = accepted().get(scope[0]);
        check(keys != null, "an unknown access key");
        check(keys.session.equals(query.getOrDefault("X-Amz-Security-Token", "")), "another session token");
        check(now < keys.end, "a session that has ended");
        String signature = query.remove("X-Amz-Signature");
        check(signature(url.getHost(), query, scope, time, keys.secret).equals(signature), "a wrong signature");
        return new Admitted(token, Math.min(signed + valid, keys.end) * 1000, scope[0]);
    }

    private static Map<String, Keys> accepted() throws IOException {
        Map<String, Keys> all = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("accepted.txt"))) {
            String[] words = line.split(" ");
            boolean session = words.length == 4;
            all.put(words[0], new Keys(words[1], session ? words[2] : "", session ? Long.parseLong(words[3]) : Long.MAX_VALUE / 1000));
        }
        return all;
    }

    private static String signature(String host, TreeMap<String, String> query, String[] scope, String time, String secret)
            throws GeneralSecurityException {
        StringBuilder line = new StringBuilder();
        query.forEach((name, value) -> line.append(line.isEmpty() ? "" : "&").append(encoded(name)).append('=').append(encoded(value)));
        String canonical = String.join("\n", "GET", "/", line, "host:" + host, "", "host", hash(""));
        List<String> rest = Arrays.asList(scope).subList(1, 5);
        byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
        for (String part : rest) {
            key = keyed(key, part);
        }
        return HexFormat.of().formatHex(keyed(key, String.join("\n", "AWS4-HMAC-SHA256", time, String.join("/", rest), hash(canonical))));
    }

    private static byte[] keyed(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String hash(String text) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
    }
}
