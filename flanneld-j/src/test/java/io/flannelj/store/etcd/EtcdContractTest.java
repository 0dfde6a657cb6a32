package io.flannelj.store.etcd;

import io.flannelj.store.LeaseStoreContract;
import io.flannelj.store.StorePlace;
import io.flannelj.testkit.servers.EtcdServer;
import io.flannelj.testkit.servers.RequiresEtcd;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@RequiresEtcd
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EtcdContractTest extends LeaseStoreContract {
  private EtcdServer server;

  @BeforeAll
  void startServer(@TempDir Path directory) {
    server = EtcdServer.plain(directory);
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @Override
  protected StorePlace makePlace() {
    return new EtcdPlace(server);
  }
}
