package io.flannelj.store.etcd;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.testkit.Untrusted;
import java.io.IOException;

/**
 * What etcd, or whatever else listens at its port, answers to a call: it is an answer, or a failure
 * with a reason; and keys and values, which whoever may write there has written, are leases or are
 * passed over.
 */
class EtcdAnswerFuzzTest {
  @FuzzTest
  void answer(byte[] body) {
    Untrusted.within(
        () -> {
          FoldedLeases leases = new FoldedLeases();
          Untrusted.only(
              IOException.class,
              () -> {
                Answer answer =
                    EtcdClient.answer("http://192.0.2.1:2379", "/v3/kv/range", 200, body);
                leases.replace(answer.kvs());
                answer.events().forEach(leases::fold);
              });
          Untrusted.only(
              IOException.class,
              () -> EtcdClient.answer("http://192.0.2.1:2379", "/v3/kv/range", 503, body));
        });
  }
}
