package io.flannelj.cni.ipam;

import io.flannelj.cni.CniResult.Dns;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/** Reads resolv.conf(5). */
final class ResolvConf {
  private ResolvConf() {}

  /** Of a repeated domain the last counts; nameservers, search and options add up. */
  static Dns parse(byte[] content) {
    List<String> nameservers = new ArrayList<>();
    List<String> search = new ArrayList<>();
    List<String> options = new ArrayList<>();
    String domain = "";
    StringTokenizer lines =
        new StringTokenizer(new String(content, StandardCharsets.UTF_8), "\r\n");
    while (lines.hasMoreTokens()) {
      StringTokenizer words = new StringTokenizer(lines.nextToken());
      if (words.countTokens() < 2) {
        continue;
      }
      switch (words.nextToken()) {
        case "nameserver" -> nameservers.add(words.nextToken());
        case "domain" -> domain = words.nextToken();
        case "search" -> addAll(search, words);
        case "options" -> addAll(options, words);
        default -> {
          // Comments begin with # or ;, and other keywords have no place in a result.
        }
      }
    }
    return new Dns(nameservers, domain, search, options);
  }

  private static void addAll(List<String> list, StringTokenizer words) {
    while (words.hasMoreTokens()) {
      list.add(words.nextToken());
    }
  }
}
