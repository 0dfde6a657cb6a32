package io.flannelj.collection;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable hash map whose edited copies share what was not edited. One change among 5,000
 * entries costs a copy of 1,024 references and of some five entries, and two versions are compared
 * without looking at what they share: {@link #changesSince}. So whoever fell behind compares the
 * version that it knows with the newest one, and there are no events to lose.
 *
 * <p>Iterates in no order; holds no nulls.
 */
public final class PersistentMap<K, V> extends AbstractMap<K, V> {
  private static final int BUCKETS = 1024;
  private static final int SHIFT = Integer.SIZE - Integer.numberOfTrailingZeros(BUCKETS);
  // Fibonacci hashing: neighbouring subnets differ in few bits of their hash.
  private static final int SPREAD = 0x9e3779b9;
  private static final Object[] NOTHING = {};
  private static final PersistentMap<?, ?> EMPTY = new PersistentMap<>(emptyBuckets(), 0);

  /** Keys at even places, their values behind them. */
  private final Object[][] buckets;

  private final int size;

  private PersistentMap(Object[][] buckets, int size) {
    this.buckets = buckets;
    this.size = size;
  }

  private static Object[][] emptyBuckets() {
    Object[][] buckets = new Object[BUCKETS][];
    Arrays.fill(buckets, NOTHING);
    return buckets;
  }

  /** A map without entries. */
  @SuppressWarnings("unchecked") // It holds no K and no V.
  public static <K, V> PersistentMap<K, V> empty() {
    return (PersistentMap<K, V>) EMPTY;
  }

  /** The same entries; the same map if it is one of this kind. */
  public static <K, V> PersistentMap<K, V> copyOf(Map<K, V> entries) {
    if (entries instanceof PersistentMap<K, V> same) {
      return same;
    }
    Editor<K, V> editor = PersistentMap.<K, V>empty().edit();
    entries.forEach(editor::put);
    return editor.done();
  }

  private static int bucket(Object key) {
    return (key.hashCode() * SPREAD) >>> SHIFT;
  }

  private static int indexOf(Object[] bucket, Object key) {
    for (int i = 0; i < bucket.length; i += 2) {
      if (bucket[i].equals(key)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  @SuppressWarnings("unchecked") // What lies behind a key of ours is a V.
  public @Nullable V get(@Nullable Object key) {
    Object[] bucket = buckets[bucket(Objects.requireNonNull(key))];
    int index = indexOf(bucket, key);
    return index < 0 ? null : (V) bucket[index + 1];
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return indexOf(buckets[bucket(Objects.requireNonNull(key))], key) >= 0;
  }

  @Override
  public int size() {
    return size;
  }

  /** A copy to be changed, at the price of its changes. */
  public Editor<K, V> edit() {
    return new Editor<>(this);
  }

  /**
   * Names what differs between an older version and this one. Costs little if one was made from the
   * other by an {@link Editor}, and a comparison of all entries if not.
   *
   * @param put called for entries that the older one lacks or has with another value
   * @param removed called for keys that only the older one has
   */
  @SuppressWarnings("unchecked") // Buckets hold a K and a V in turn.
  public void changesSince(PersistentMap<K, V> older, BiConsumer<K, V> put, Consumer<K> removed) {
    for (int b = 0; b < BUCKETS; b++) {
      Object[] before = older.buckets[b];
      Object[] now = buckets[b];
      if (before == now) {
        continue;
      }
      for (int i = 0; i < now.length; i += 2) {
        int index = indexOf(before, now[i]);
        if (index < 0 || !before[index + 1].equals(now[i + 1])) {
          put.accept((K) now[i], (V) now[i + 1]);
        }
      }
      for (int i = 0; i < before.length; i += 2) {
        if (indexOf(now, before[i]) < 0) {
          removed.accept((K) before[i]);
        }
      }
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof PersistentMap<?, ?> map)) {
      return super.equals(other);
    }
    if (map.size != size) {
      return false;
    }
    for (int b = 0; b < BUCKETS; b++) {
      if (buckets[b] != map.buckets[b] && !sameEntries(buckets[b], map.buckets[b])) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameEntries(Object[] one, Object[] other) {
    if (one.length != other.length) {
      return false;
    }
    for (int i = 0; i < one.length; i += 2) {
      int index = indexOf(other, one[i]);
      if (index < 0 || !other[index + 1].equals(one[i + 1])) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }

  @Override
  public Set<Map.Entry<K, V>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<K, V>> iterator() {
        return new Entries<>(buckets);
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  private static final class Entries<K, V> implements Iterator<Map.Entry<K, V>> {
    private final Object[][] buckets;
    private int bucket;
    private int index;

    Entries(Object[][] buckets) {
      this.buckets = buckets;
    }

    @Override
    public boolean hasNext() {
      while (bucket < BUCKETS && index == buckets[bucket].length) {
        bucket++;
        index = 0;
      }
      return bucket < BUCKETS;
    }

    @Override
    @SuppressWarnings("unchecked") // Buckets hold a K and a V in turn.
    public Map.Entry<K, V> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Object[] at = buckets[bucket];
      Map.Entry<K, V> entry = Map.entry((K) at[index], (V) at[index + 1]);
      index += 2;
      return entry;
    }
  }

  /** Changes that become one new version. Used by one thread, once. */
  public static final class Editor<K, V> {
    private final PersistentMap<K, V> before;
    private Object[][] buckets;
    private int size;

    private Editor(PersistentMap<K, V> before) {
      this.before = before;
      this.buckets = before.buckets;
      this.size = before.size;
    }

    private Object[][] own() {
      if (buckets == before.buckets) {
        buckets = buckets.clone();
      }
      return buckets;
    }

    /** Puts an entry in place of the one with this key; an equal one changes nothing. */
    public void put(K key, V value) {
      int b = bucket(key);
      Object[] old = buckets[b];
      int index = indexOf(old, key);
      if (index >= 0 && old[index + 1].equals(value)) {
        return;
      }
      Object[] copy = Arrays.copyOf(old, index < 0 ? old.length + 2 : old.length);
      int at = index < 0 ? old.length : index;
      copy[at] = key;
      copy[at + 1] = value;
      own()[b] = copy;
      size += index < 0 ? 1 : 0;
    }

    /** Removes the entry with this key, if there is one. */
    public void remove(K key) {
      int b = bucket(key);
      Object[] old = buckets[b];
      int index = indexOf(old, key);
      if (index < 0) {
        return;
      }
      Object[] shorter = new Object[old.length - 2];
      System.arraycopy(old, 0, shorter, 0, index);
      System.arraycopy(old, index + 2, shorter, index, shorter.length - index);
      own()[b] = shorter.length == 0 ? NOTHING : shorter;
      size--;
    }

    /** The value as changed so far. */
    @SuppressWarnings("unchecked") // What lies behind a key of ours is a V.
    public @Nullable V get(K key) {
      Object[] bucket = buckets[bucket(key)];
      int index = indexOf(bucket, key);
      return index < 0 ? null : (V) bucket[index + 1];
    }

    /** The new version; the old one if nothing changed. */
    public PersistentMap<K, V> done() {
      return buckets == before.buckets ? before : new PersistentMap<>(buckets, size);
    }
  }
}
