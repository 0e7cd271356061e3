// A DTLS 1.2 client or server of BouncyCastle for one conversation: sends each line of its standard input, prints what it
// receives, says CONNECTED, ALERT (what it raised), RECEIVED ALERT and CLOSED. A line of Q, or the end of its input, closes.
// Arguments, each name=value: role (client or server), port (0: the system's choice, printed), suite (its number in hex),
// psk (hex) and identity, hint, key (PKCS#8 in PEM) and certificate (PEM: a chain, or a raw public key), raw (1: raw public
// keys both ways), peer (SHA-256 of the certificate or key that the peer must show, in hex), ask (1: a certificate of the client).
import java.io.*;
import java.math.BigInteger;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.*;
import java.util.regex.*;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.tls.*;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.crypto.*;
import org.bouncycastle.tls.crypto.impl.bc.*;

class Peer {
  static final BcTlsCrypto crypto = new BcTlsCrypto(new SecureRandom());
  static final Map<String, String> options = new HashMap<>();
  static volatile boolean over = false;

  public static void main(String[] arguments) throws Exception {
    for (String argument : arguments) options.put(argument.split("=", 2)[0], argument.split("=", 2)[1]);
    boolean isServer = option("role").equals("server");
    DTLSTransport transport = null;
    try {
      transport = isServer ? accept() : connect();
    } catch (IOException failure) {
      say("FAILED " + failure);
      System.exit(1);
    }
    say("CONNECTED");
    talk(transport);
    say("CLOSED");
    System.exit(0);
  }

  static DTLSTransport connect() throws IOException {
    DatagramSocket socket = new DatagramSocket();
    socket.connect(InetAddress.getLoopbackAddress(), Integer.parseInt(option("port")));
    return new DTLSClientProtocol().connect(new Client(), new Transport(socket));
  }

  /** Asks for a cookie first, as BouncyCastle wants it done. */
  static DTLSTransport accept() throws IOException {
    DatagramSocket socket = new DatagramSocket(Integer.parseInt(option("port")), InetAddress.getLoopbackAddress());
    say("LISTENING " + socket.getLocalPort());
    DTLSVerifier verifier = new DTLSVerifier(crypto);
    DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
    DTLSRequest request = null;
    while (request == null) {
      packet.setLength(1500);
      socket.receive(packet);
      SocketAddress sender = packet.getSocketAddress();
      byte[] name = sender.toString().getBytes(StandardCharsets.UTF_8);
      request = verifier.verifyRequest(name, packet.getData(), 0, packet.getLength(), new DatagramSender() {
        public int getSendLimit() { return 1400; }
        public void send(byte[] bytes, int at, int length) throws IOException {
          socket.send(new DatagramPacket(bytes, at, length, sender));
        }
      });
    }
    socket.connect(packet.getSocketAddress());
    return new DTLSServerProtocol().accept(new Server(), new Transport(socket), request);
  }

  /** A peer that has sent an alert and is gone leaves the alert to be read, though its port is closed to what we sent. */
  static class Transport extends UDPTransport {
    Transport(DatagramSocket socket) throws IOException { super(socket, 1500); }

    public void send(byte[] bytes, int at, int length) throws IOException {
      try {
        super.send(bytes, at, length);
      } catch (PortUnreachableException closed) {
      }
    }

    public int receive(byte[] bytes, int at, int length, int waitMs) throws IOException {
      try {
        return super.receive(bytes, at, length, waitMs);
      } catch (PortUnreachableException closed) {
        return -1;
      }
    }
  }

  static void talk(DTLSTransport transport) throws IOException {
    Thread input = new Thread(() -> {
      try {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null && !line.equals("Q"); line = lines.readLine()) {
          byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
          transport.send(bytes, 0, bytes.length);
        }
      } catch (IOException failure) {
        say("FAILED " + failure);
      }
      over = true;
    });
    input.setDaemon(true);
    input.start();
    byte[] bytes = new byte[transport.getReceiveLimit()];
    while (!over) {
      int length = receive(transport, bytes);
      if (length >= 0) say("MESSAGE " + new String(bytes, 0, length, StandardCharsets.UTF_8));
    }
    transport.close();
  }

  /** -1 for nothing within 20 ms; after the peer's close_notify the socket is closed under us. */
  static int receive(DTLSTransport transport, byte[] bytes) throws IOException {
    try {
      return transport.receive(bytes, 0, bytes.length, 20);
    } catch (SocketException failure) {
      if (!over) throw failure;
      return -1;
    }
  }

  // what client and server have in common

  static String option(String name) {
    return options.getOrDefault(name, "");
  }

  static int[] suites() {
    return new int[] { Integer.parseInt(option("suite"), 16) };
  }

  static ProtocolVersion[] versions() {
    return ProtocolVersion.DTLSv12.only();
  }

  static short[] certificateTypes() {
    return option("raw").isEmpty() ? null : new short[] { CertificateType.RawPublicKey };
  }

  static byte[] unhex(String hex) {
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
    return bytes;
  }

  static List<byte[]> pem(String file) throws IOException {
    List<byte[]> all = new ArrayList<>();
    Matcher matcher = Pattern.compile("-----BEGIN [^-]+-----([^-]+)-----END").matcher(Files.readString(Path.of(file)));
    while (matcher.find()) all.add(Base64.getMimeDecoder().decode(matcher.group(1)));
    return all;
  }

  /** Null without a key of our own. */
  static TlsCredentialedSigner signer(TlsContext context) throws IOException {
    if (option("key").isEmpty()) return null;
    boolean isRaw = !option("raw").isEmpty();
    AsymmetricKeyParameter key = PrivateKeyFactory.createKey(pem(option("key")).get(0));
    List<CertificateEntry> entries = new ArrayList<>();
    for (byte[] der : pem(option("certificate"))) {
      TlsCertificate one = isRaw ? new BcTlsRawKeyCertificate(crypto, der) : crypto.createCertificate(der);
      entries.add(new CertificateEntry(one, null));
    }
    Certificate certificate = new Certificate(isRaw ? CertificateType.RawPublicKey : CertificateType.X509, null,
        entries.toArray(new CertificateEntry[0]));
    return new BcDefaultTlsCredentialedSigner(new TlsCryptoParameters(context), crypto, key, certificate,
        SignatureAndHashAlgorithm.getInstance(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
  }

  static void check(Certificate certificate) throws IOException {
    if (certificate.isEmpty()) throw new TlsFatalAlert(AlertDescription.handshake_failure);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getCertificateAt(0).getEncoded());
      String hex = String.format("%064x", new BigInteger(1, hash));
      say("PEER " + hex);
      if (!hex.equals(option("peer"))) throw new TlsFatalAlert(AlertDescription.bad_certificate);
    } catch (java.security.NoSuchAlgorithmException impossible) {
      throw new IOException(impossible);
    }
  }

  static void received(short level, short description) {
    say("RECEIVED ALERT " + AlertDescription.getText(description));
    if (description == AlertDescription.close_notify || level == AlertLevel.fatal) over = true;
  }

  static void raised(short description) {
    say("ALERT " + AlertDescription.getText(description));
  }

  static synchronized void say(String text) {
    System.out.println(text);
  }

  static class Client extends AbstractTlsClient {
    Client() { super(crypto); }
    protected int[] getSupportedCipherSuites() { return suites(); }
    protected ProtocolVersion[] getSupportedVersions() { return versions(); }
    protected short[] getAllowedClientCertificateTypes() { return certificateTypes(); }
    protected short[] getAllowedServerCertificateTypes() { return certificateTypes(); }
    public void notifyAlertReceived(short level, short description) { received(level, description); }
    public void notifyAlertRaised(short level, short description, String message, Throwable cause) { raised(description); }

    public TlsPSKIdentity getPSKIdentity() {
      if (option("psk").isEmpty()) return null;
      return new BasicTlsPSKIdentity(option("identity"), unhex(option("psk"))) {
        public void notifyIdentityHint(byte[] hint) { say("HINT " + new String(hint, StandardCharsets.UTF_8)); }
      };
    }

    public TlsAuthentication getAuthentication() {
      return new TlsAuthentication() {
        public void notifyServerCertificate(TlsServerCertificate server) throws IOException { check(server.getCertificate()); }
        public TlsCredentials getClientCredentials(CertificateRequest request) throws IOException { return signer(context); }
      };
    }
  }

  static class Server extends AbstractTlsServer {
    Server() { super(crypto); }
    protected int[] getSupportedCipherSuites() { return suites(); }
    protected ProtocolVersion[] getSupportedVersions() { return versions(); }
    protected short[] getAllowedClientCertificateTypes() { return certificateTypes(); }
    protected boolean preferLocalClientCertificateTypes() { return true; }
    public TlsCredentials getCredentials() throws IOException { return signer(context); }
    public void notifyClientCertificate(Certificate certificate) throws IOException { check(certificate); }
    public void notifyAlertReceived(short level, short description) { received(level, description); }
    public void notifyAlertRaised(short level, short description, String message, Throwable cause) { raised(description); }

    public TlsPSKIdentityManager getPSKIdentityManager() {
      return new TlsPSKIdentityManager() {
        public byte[] getHint() { return option("hint").isEmpty() ? null : option("hint").getBytes(StandardCharsets.UTF_8); }
        public byte[] getPSK(byte[] identity) {
          return option("identity").equals(new String(identity, StandardCharsets.UTF_8)) ? unhex(option("psk")) : null;
        }
      };
    }

    public CertificateRequest getCertificateRequest() {
      if (option("ask").isEmpty()) return null;
      Vector<SignatureAndHashAlgorithm> algorithms = new Vector<>();
      algorithms.add(SignatureAndHashAlgorithm.getInstance(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
      return new CertificateRequest(new short[] { ClientCertificateType.ecdsa_sign }, algorithms, null);
    }
  }
}
