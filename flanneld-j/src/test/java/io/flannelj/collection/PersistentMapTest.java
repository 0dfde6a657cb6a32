package io.flannelj.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PersistentMapTest {
  @Test
  void agreesWithHashMapAndItsVersionsStay() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    PersistentMap<Integer, Integer> map = PersistentMap.empty();
    Map<Integer, Integer> peer = new HashMap<>();
    for (int round = 0; round < 300; round++) {
      PersistentMap<Integer, Integer> before = map;
      Map<Integer, Integer> peerBefore = new HashMap<>(peer);
      PersistentMap.Editor<Integer, Integer> editor = map.edit();
      for (int i = random.nextInt(40); i > 0; i--) {
        int key = random.nextInt(2000);
        if (random.nextInt(3) == 0) {
          editor.remove(key);
          peer.remove(key);
        } else {
          int value = random.nextInt(3);
          editor.put(key, value);
          peer.put(key, value);
        }
      }
      map = editor.done();
      assertThat(map).as("seed %d", seed).isEqualTo(peer).hasSameSizeAs(peer);
      assertThat(peer).as("seed %d", seed).isEqualTo(map);
      assertThat(before).as("seed %d", seed).isEqualTo(peerBefore);
      assertThat(applied(before, map)).as("seed %d", seed).isEqualTo(peer);
    }
  }

  /** The older version with the changes that lead to the younger. */
  private static Map<Integer, Integer> applied(
      PersistentMap<Integer, Integer> older, PersistentMap<Integer, Integer> younger) {
    Map<Integer, Integer> result = new HashMap<>(older);
    younger.changesSince(older, result::put, result::remove);
    return result;
  }

  @Test
  void namesOnlyWhatChanged() {
    PersistentMap<String, String> older =
        PersistentMap.copyOf(Map.of("a", "1", "b", "2", "c", "3"));
    PersistentMap.Editor<String, String> editor = older.edit();
    editor.put("a", "1");
    editor.put("b", "9");
    editor.remove("c");
    editor.put("d", "4");
    Map<String, String> put = new HashMap<>();
    Set<String> removed = new HashSet<>();
    editor.done().changesSince(older, put::put, removed::add);
    assertThat(put).isEqualTo(Map.of("b", "9", "d", "4"));
    assertThat(removed).containsExactly("c");
  }

  @Test
  void isTheSameMapIfNothingChanged() {
    PersistentMap<String, String> map = PersistentMap.copyOf(Map.of("a", "1"));
    PersistentMap.Editor<String, String> editor = map.edit();
    editor.put("a", "1");
    editor.remove("b");
    assertThat(editor.done()).isSameAs(map);
    assertThat(PersistentMap.copyOf(map)).isSameAs(map);
    assertThat(PersistentMap.copyOf(Map.of("a", "1"))).isEqualTo(map).hasSameHashCodeAs(map);
  }
}
